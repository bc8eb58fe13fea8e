"""The table in which the lines of a new order are typed."""

from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from unfold.widgets import BASE_INPUT_CLASSES

from orders.validation import NewLine
from orders.values.amounts import as_decimal

COLUMNS = ("sku", "name", "quantity", "unit_price")
LEAST_ROWS, SPARE_ROWS = 5, 2


class LinesTable(forms.Widget):
    """A row of inputs for each line, and some empty ones; a script adds more while they are filled."""

    template_name = "orders/admin/lines_table.html"

    class Media:
        js = ("orders/lines_table.js",)

    def value_from_datadict(self, data: Any, files: MultiValueDict[str, Any], name: str) -> list[list[str]]:
        """The rows that have a text in any column, each by :data:`COLUMNS`."""
        lists = [data.getlist(f"{name}_{column}") if hasattr(data, "getlist") else [] for column in COLUMNS]
        rows = ([cell.strip() for cell in row] for row in zip(*lists, strict=False))
        return [row for row in rows if any(row)]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The rows, and the names of their inputs."""
        rows: list[list[str]] = value or []
        blank = [[""] * len(COLUMNS)] * max(LEAST_ROWS - len(rows), SPARE_ROWS)
        context = super().get_context(name, None, attrs)
        titles = ("SKU", "Name", "Quantity", "Unit price")
        shown = [
            [(f"{name}_{column}", title, cell) for column, title, cell in zip(COLUMNS, titles, row, strict=True)]
            for row in [*rows, *blank]
        ]
        return {**context, "titles": titles, "rows": shown, "input_classes": " ".join(BASE_INPUT_CLASSES)}


class LinesField(forms.Field):
    """The lines of an order to be."""

    widget = LinesTable

    def to_python(self, value: list[list[str]] | None) -> list[NewLine]:
        """The lines; a malformed line is refused by its number."""
        return [line(row, number) for number, row in enumerate(value or [], 1)]


def line(row: list[str], number: int) -> NewLine:
    """One line as it was typed.

    Raises:
        ValidationError: its quantity or its price is no number.
    """
    sku, name, quantity, price = row
    if not (quantity.isascii() and quantity.isdigit()):
        raise forms.ValidationError(f"Line {number}, quantity: Must be a whole number, such as 2.")
    amount = as_decimal(price)
    if amount is None:
        raise forms.ValidationError(f"Line {number}, unit price: Must be an amount, such as 12.50.")
    return NewLine(sku=sku, quantity=int(quantity[:20]), unit_price=amount, name=name)
