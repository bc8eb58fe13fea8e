"""Each order has one invoice with the order's data, in any script."""

import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # it ships no types
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from pypdf import PdfReader

from orders.invoices.invoice import Unconfirmed, confirm, issue_invoice
from orders.invoices.pdf import render
from orders.invoices.stored_invoice import invoice_name, keep
from orders.invoices.typesetting import BASE, BUNDLED, SISTERS, characters_of, needed
from orders.models import Order
from orders.validation import NewLine
from tenants.models import Tenant
from tenants.values.texts import unsafe_character
from tests.factories import line, place_order
from tests.form import examples

pytestmark = pytest.mark.processing_steps
SHOP = Tenant(slug="shop", name="Tea & Sons")


def unsaved(*lines: NewLine, **fields: Any) -> Order:
    """An order that is not saved."""
    given_fields = {"currency": "EUR", "customer_name": "Ada Lovelace", "customer_email": "ada@example.com", **fields}
    order = Order(tenant=SHOP, **given_fields)
    order.completed(lines)
    return order


def pages(pdf: bytes) -> list[str]:
    """The text of each page, without the marks that fpdf2 leaves where letters were joined into one glyph."""
    texts = (page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return [re.sub("[\x00-\x08]", "", text) for text in texts]


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@time_machine.travel("2026-11-22 12:00Z", tick=False)
def test_invoice_has_number_date_customer_lines_and_total() -> None:
    order = unsaved(line(unit_price="1234.50"), line(sku="TEA-2", name="", quantity=1), external_reference="PO 7")
    assert pages(render(order)) == [
        "Tea & Sons\n"
        f"Invoice {order.number}\n"
        "Date: 22 November 2026\n"
        "Customer: Ada Lovelace\n"
        "E-mail: ada@example.com\n"
        "Your reference: PO 7\n"
        "Article Quantity Price Amount\n"
        "Tea (TEA-1) 2 1,234.50 EUR 2,469.00 EUR\n"
        "TEA-2 1 12.50 EUR 12.50 EUR\n"
        "Total: 2,481.50 EUR\n"
        f"Invoice {order.number}, page 1"
    ]


def test_order_of_a_bare_total_has_one_line() -> None:
    text = pages(render(unsaved(total=Decimal(1000), currency="JPY", customer_name="", customer_email="")))[0]
    assert "\nAs agreed 1 1,000 JPY 1,000 JPY\nTotal: 1,000 JPY\n" in text
    assert "Customer" not in text


def test_long_order_takes_several_pages_with_headings_on_each() -> None:
    texts = pages(render(unsaved(*(line(sku=f"SKU-{number}", name="") for number in range(100)))))
    assert [text.count("Article Quantity Price Amount") for text in texts] == [1, 1, 1]
    assert [text.count("25.00 EUR") for text in texts] == [34, 42, 24]
    assert "Total: 2,500.00 EUR" in texts[-1]


def test_long_name_is_wrapped_whole() -> None:
    text = pages(render(unsaved(line(sku="S" * 64, name="Assam " * 20 + "w" * 80))))[0]
    assert text.count("Assam") == 20
    assert text.replace("\n", "").count("w") == 80
    assert text.replace("\n", "").count("S" * 30) == 2


def test_same_order_gives_the_same_bytes() -> None:
    for name in ("Ada", "Ελλάδα 😀"):
        order = unsaved(line(), customer_name=name)
        assert render(order) == render(order)


SCRIPTS = {
    "Latin": "Żółć, Ðorđe, Nguyễn",
    "Greek and Cyrillic": "Ελλάδα Привет",
    "typographic": "“Tea” – 10 € … it’s",
    "Devanagari": "किताब",
    "Thai": "ภาษา",
    "Georgian and Armenian": "თბილისი Երևան",
    "emoji": "😀🍵",
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_are_shown_and_can_be_copied(script: str) -> None:
    text = pages(render(unsaved(line(name=SCRIPTS[script]))))[0]
    assert f"{SCRIPTS[script]} (TEA-1)" in text


@pytest.mark.parametrize("font", SISTERS, ids=lambda font: font.stem)
def test_each_bundled_font_is_used_for_its_own_characters(font: Path) -> None:
    others = frozenset[int]().union(*(characters_of(other) for other in [BASE, *SISTERS] if other != font))
    own = chr(max(characters_of(font) - others))

    assert needed(f"Tea {own}") == [BASE, font]
    assert render(unsaved(line(name=own))).count(b"/FontFile2") == 2


@pytest.mark.parametrize("font", [BASE, *SISTERS], ids=lambda font: font.stem)
def test_each_bundled_font_is_under_the_open_font_license(font: Path) -> None:
    with TTFont(font, lazy=True) as opened:
        assert "SIL Open Font License" in str(opened["name"].getDebugName(13))
    assert "SIL OPEN FONT LICENSE Version 1.1" in (BUNDLED / "OFL.txt").read_text()


def test_right_to_left_scripts_are_shaped_and_set_in_their_order() -> None:
    text = pages(render(unsaved(line(name="Tea"), customer_name="مرحبا")))[0]
    assert "Customer: مرحبا\n" in text
    assert "\ufffd" not in text


def test_characters_without_a_font_are_replaced_and_invisible_ones_left_out() -> None:
    text = pages(render(unsaved(line(name="Tea 茶\u200b \ue000\u00ad."))))[0]
    assert "Tea \ufffd \ufffd. (TEA-1)" in text


def test_operator_may_add_fonts(settings: Any, tmp_path: Path) -> None:
    own = tmp_path / "own.ttf"
    own.write_bytes(needed("")[0].read_bytes())
    settings.INVOICE_FONTS = [str(own)]
    assert own not in needed("茶")
    assert needed("Привет ไ")[0].name == "NotoSans-Regular.ttf"


def test_latin_order_needs_no_font_file() -> None:
    assert len(render(unsaved(line(name="Grüner Tee × ½")))) < 2_000


def test_placeholder_of_page_numbers_in_an_order_is_plain_text() -> None:
    assert "{nb} (TEA-1)" in pages(render(unsaved(line(name="{nb}"))))[0]


anything = st.text(max_size=60).filter(lambda text: unsafe_character(text) is None)


@given(name=anything, article=anything, sku=st.text(min_size=1, max_size=20))
@effort(max_examples=examples(20), deadline=None)
def test_any_text_that_an_order_may_hold_gives_a_readable_invoice(name: str, article: str, sku: str) -> None:
    order = unsaved(NewLine("SKU", 1, Decimal("1.00"), article), customer_name=name)
    order.lines.all()[0].sku = sku
    text = pages(render(order))[0]
    assert f"Invoice {order.number}" in text
    assert "Total: 1.00 EUR" in text


@pytest.mark.receivers
@pytest.mark.django_db
def test_new_order_has_its_invoice_under_a_name_of_its_own(media: Path, tenant: Tenant) -> None:
    order = place_order()
    name = f"invoices/{tenant.id.hex}/{order.id}.pdf"
    assert invoice_name(order) == name
    assert files_in(media) == [name]
    assert f"Invoice {order.number}" in pages((media / name).read_bytes())[0]


@pytest.mark.receivers
@pytest.mark.django_db
def test_issued_invoice_stays_as_it_was_issued(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order = place_order()
    monkeypatch.setattr("orders.invoices.invoice.render", lambda _: pytest.fail("It was issued again."))
    assert issue_invoice(order) == {}
    assert files_in(media) == [invoice_name(order)]


@pytest.mark.receivers
@pytest.mark.django_db
@pytest.mark.parametrize("torn", [b"", b"%PDF-1.3\n", b"nonsense %%EOF"])
def test_truncated_invoice_is_replaced(torn: bytes, media: Path) -> None:
    order = place_order()
    path = media / invoice_name(order)
    whole = path.read_bytes()
    path.write_bytes(torn)
    issue_invoice(order)
    assert (path.read_bytes(), files_in(media)) == (whole, [invoice_name(order)])


@pytest.mark.receivers
@pytest.mark.django_db
def test_worker_that_lost_the_race_leaves_one_invoice(media: Path) -> None:
    order = place_order()
    path = media / invoice_name(order)
    first = path.read_bytes()
    keep(invoice_name(order), b"%PDF- another %%EOF")
    assert (path.read_bytes(), files_in(media)) == (first, [invoice_name(order)])


@pytest.mark.receivers
@pytest.mark.django_db
def test_order_whose_invoice_agrees_is_confirmed() -> None:
    assert confirm(place_order()) == {"verified": ["total", "invoice"]}
    assert confirm(place_order(total="12.50")) == {"verified": ["total", "invoice"]}


@pytest.mark.django_db
def test_order_without_its_invoice_is_not_confirmed() -> None:
    order = place_order()
    default_storage.delete(invoice_name(order))
    with pytest.raises(Unconfirmed, match="is not there"):
        confirm(order)


@pytest.mark.receivers
@pytest.mark.django_db
def test_invoice_of_another_order_or_total_is_not_confirmed(media: Path) -> None:
    order, other = place_order(), place_order(lines=[line(quantity=1)])
    path = media / invoice_name(order)
    whole = path.read_bytes()
    for wrong in (
        (media / invoice_name(other)).read_bytes(),
        whole.replace(b"(25.00 EUR)", b"(26.00 EUR)"),
    ):
        path.write_bytes(wrong)
        with pytest.raises(Unconfirmed, match="names another order or total"):
            confirm(order)


@pytest.mark.django_db
def test_total_that_is_not_the_sum_of_the_lines_is_not_confirmed() -> None:
    order = place_order()
    order.total += 1
    with pytest.raises(Unconfirmed, match="not that of its lines"):
        confirm(order)
