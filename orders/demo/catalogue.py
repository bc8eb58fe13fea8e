"""The names that demo data is made of."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Product:
    """An article with its price in euros."""

    sku: str
    name: str
    price: Decimal


PRODUCTS = [
    Product(sku, name, Decimal(price))
    for sku, name, price in [
        ("TEA-ASM-250", "Assam Second Flush, loose, 250 g", "13.90"),
        ("TEA-DAR-100", "Darjeeling First Flush, loose, 100 g", "18.50"),
        ("TEA-EGR-250", "Earl Grey, loose, 250 g", "11.90"),
        ("TEA-GYO-050", "Gyokuro, loose, 50 g", "24.00"),
        ("TEA-JAS-100", "Jasmine Pearls, 100 g", "16.80"),
        ("TEA-LAP-100", "Lapsang Souchong, 100 g", "9.90"),
        ("TEA-MAT-030", "Ceremonial Matcha, 30 g", "27.50"),
        ("TEA-OOL-100", "Tieguanyin Oolong, 100 g", "15.40"),
        ("TEA-ROO-250", "Rooibos, loose, 250 g", "8.90"),
        ("COF-ETH-500", "Ethiopia Yirgacheffe, whole bean, 500 g", "17.90"),
        ("COF-COL-500", "Colombia Huila, whole bean, 500 g", "15.90"),
        ("COF-ESP-1000", "Espresso No. 4, whole bean, 1 kg", "24.90"),
        ("COF-DEC-500", "Decaf Sidamo, whole bean, 500 g", "16.90"),
        ("POT-GLS-08", "Glass teapot, 0.8 l", "34.00"),
        ("POT-IRN-12", "Cast iron teapot, 1.2 l", "79.00"),
        ("POT-MOK-06", "Moka pot, 6 cups", "39.50"),
        ("CUP-POR-02", "Porcelain cups, pair", "28.00"),
        ("CUP-TRV-04", "Travel mug, 0.4 l", "22.90"),
        ("ACC-FLT-100", "Paper filters, 100 pieces", "4.20"),
        ("ACC-SCL-01", "Brewing scale, 0.1 g", "49.90"),
        ("ACC-GRD-01", "Hand grinder, steel burrs", "119.00"),
        ("ACC-KTL-10", "Gooseneck kettle, 1 l", "89.00"),
        ("ACC-WSK-80", "Bamboo whisk, 80 prongs", "14.50"),
        ("GFT-SET-01", "Gift set “A quiet afternoon”", "59.00"),
    ]
]

CURRENCIES = {
    "EUR": (Decimal(1), Decimal("0.05"), 58),
    "USD": (Decimal("1.1"), Decimal("0.05"), 16),
    "GBP": (Decimal("0.86"), Decimal("0.05"), 11),
    "CHF": (Decimal("0.95"), Decimal("0.05"), 7),
    "SEK": (Decimal(11), Decimal(1), 4),
    "JPY": (Decimal(165), Decimal(10), 4),
}
"""For each currency: the price of a euro, the rounding of prices, and its percentage of orders."""

_FIRST_NAMES = """
    Ada Amélie Ana Anders Beatriz Bruno Chiara Clara Daniel David Elif Emma Erik Fatima Finn Gabriel Greta Hana Hugo
    Ines Ivan Jana João Jonas Julia Kaan Lars Lea Lena Lucía Luis Magda Marco Marie Mateo Mei Mia Nils Noah Nora Olga
    Oskar Paula Pedro Petra Rosa Sara Sofía Tomás Yuki Zoë
"""
_LAST_NAMES = """
    Almeida Andersson Bauer Becker Bernard Bianchi Brandt Costa Dubois Eriksson Fernández Fischer Fontana García Hansen
    Hoffmann Ivanova Jansen Kaya Keller Kowalska Larsen Lefèvre Lindqvist López Marino Martin Meyer Moreau Müller Moreno
    Nakamura Nielsen Novák Oliveira Peeters Rossi Sato Schmidt Schneider Silva Svensson Tanaka Vogel Wagner Weber Wójcik
"""
FIRST_NAMES, LAST_NAMES = _FIRST_NAMES.split(), _LAST_NAMES.split()
CHANNELS = {"web": 70, "marketplace": 18, "erp": 9, "phone": 3}
CANCEL_REASONS = [
    "Ordered twice by mistake.",
    "Found it elsewhere.",
    "Delivery takes too long.",
    "Changed my mind.",
    "",
]
