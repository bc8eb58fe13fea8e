"""The look of an invoice."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from django.utils.formats import date_format
from django.utils.translation import override
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from orders.invoices.typesetting import Typesetter
from orders.models import Order
from orders.values.currencies import as_money

HEADINGS = ("Article", "Quantity", "Price", "Amount")
WIDTHS = (88, 22, 35, 35)
LINE = 6
GREY = (110, 110, 110)


def render(order: Order) -> bytes:
    """The invoice as PDF: the same bytes for the same order, whatever its texts are written in."""
    return bytes(Invoice(order).output())


def agrees_with(pdf: bytes, order: Order) -> bool:
    """Whether the invoice belongs to this order with this total, by its title and subject."""
    return all(f"({text})".encode() in pdf for text in (title_of(order), total_of(order)))


def title_of(order: Order) -> str:
    """The invoice's title; ASCII."""
    return f"Invoice {order.number}"


def total_of(order: Order) -> str:
    """The amount to pay, with its currency; ASCII."""
    return as_money(order.total, order.currency)


class Invoice(FPDF):
    """The invoice of an order, on as many A4 pages as its lines need."""

    def __init__(self, order: Order) -> None:
        super().__init__()
        self.order, self.shop = order, order.tenant.name
        self.type = Typesetter(self, self.texts())
        self.width_of = cache(self.get_string_width)
        self.set_title(title_of(order))
        self.set_subject(total_of(order))
        self.set_lang("en")
        self.set_creation_date(order.created_at)
        self.set_margin(15)
        self.set_auto_page_break(True, margin=20)
        self.str_alias_nb_pages = ""  # or a customer called {nb} would become the number of pages
        self.add_page()
        self.heading()
        self.lines_table()
        self.total_line()

    def texts(self) -> Iterator[str]:
        """All that people wrote."""
        yield from (self.shop, self.order.customer_name, self.order.customer_email)
        yield self.order.external_reference or ""
        for line in self.order.lines.all():
            yield from (line.name, line.sku)

    def write_text(self, text: str, *, size: float = 10, align: str = "L") -> None:
        """Write a paragraph."""
        self.set_font(self.type.family, size=size)
        self.multi_cell(0, size * 0.5, self.type.fit(text), align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def heading(self) -> None:
        """Seller, customer, order and date."""
        order = self.order
        with override("en"):
            day = date_format(order.created_at, "j F Y")
        self.write_text(self.shop)
        self.ln(8)
        self.write_text(title_of(order), size=20)
        self.ln(4)
        facts = {
            "Date": day,
            "Customer": order.customer_name,
            "E-mail": order.customer_email,
            "Your reference": order.external_reference,
        }
        for name, value in facts.items():
            if value:
                self.write_text(f"{name}: {value}")
        self.ln(6)

    def lines_table(self) -> None:
        """The lines, each whole on one page; the headings come again on each."""
        self.headings()
        for article, *numbers in self.rows():
            texts = self.wrapped(article)
            if self.will_page_break(LINE * len(texts)):
                self.add_page()
                self.headings()
            for index, text in enumerate(texts):
                self.cell(WIDTHS[0], LINE, text)
                self.numbers(numbers if index == 0 else [])
            self.rule()

    def headings(self) -> None:
        """The headings of the columns."""
        self.set_font(self.type.family, size=10)
        self.set_text_color(*GREY)
        self.cell(WIDTHS[0], LINE, HEADINGS[0])
        self.numbers(HEADINGS[1:])
        self.rule()
        self.set_text_color(0)

    def wrapped(self, text: str) -> list[str]:
        """The text in lines that fit the first column. (fpdf2's own way takes 8 s for 500 long names.)"""
        lines = [""]
        for piece in (piece for word in re.findall(r"\s*\S+", text) for piece in self.chopped(word)):
            if self.fits(lines[-1] + piece):
                lines[-1] += piece
            else:
                lines.append(piece.lstrip())
        return lines

    def chopped(self, word: str) -> list[str]:
        """The word, in pieces if it is too wide for a line."""
        half = len(word) // 2
        if half == 0 or self.fits(word):
            return [word]
        return [*self.chopped(word[:half]), *self.chopped(word[half:])]

    def fits(self, text: str) -> bool:
        """Whether the text fits the first column, by its characters' widths: shaped as a whole it is no wider."""
        return sum(map(self.width_of, text)) <= WIDTHS[0] - 2 * self.c_margin

    def numbers(self, cells: Sequence[str]) -> None:
        """The other columns, to the end of the row."""
        for width, text in zip(WIDTHS[1:], cells, strict=False):
            self.cell(width, LINE, text, align="R")
        self.ln(LINE)

    def rule(self) -> None:
        """A thin line under a row."""
        self.set_draw_color(*GREY)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """The texts of each line in the table."""
        currency = self.order.currency
        lines = self.order.lines.all()
        if not lines:
            total = as_money(self.order.total, currency)
            yield ("As agreed", "1", total, total)
        for line in lines:
            article = f"{line.name} ({line.sku})" if line.name else line.sku
            price, amount = (as_money(value, currency) for value in (line.unit_price, line.total))
            yield (self.type.fit(article), f"{line.quantity:,}", price, amount)

    def total_line(self) -> None:
        """The amount to pay."""
        self.ln(4)
        self.write_text(f"Total: {total_of(self.order)}", size=14, align="R")

    def footer(self) -> None:
        """Number and page, on each page."""
        self.set_y(-15)
        self.set_font(self.type.family, size=8)
        self.set_text_color(*GREY)
        self.cell(0, 5, f"{title_of(self.order)}, page {self.page_no()}", align="C")
        self.set_text_color(0)
