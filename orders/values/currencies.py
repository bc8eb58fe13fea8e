"""The currencies of ISO 4217 whose minor unit has at most two places, and how many each has."""

from decimal import Decimal

_NO_PLACES = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_TWO_PLACES = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP
    CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR
    JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN
    NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
    SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG
"""

PLACES: dict[str, int] = dict.fromkeys(_NO_PLACES.split(), 0) | dict.fromkeys(_TWO_PLACES.split(), 2)


def as_money(amount: Decimal, currency: str) -> str:
    """The amount as people in the mail and on the invoice read it: ``1,234.50 EUR``, ``1,235 JPY``."""
    return f"{amount:,.{PLACES.get(currency, 2)}f} {currency}"
