"""The admin's forms of orders: they gather, and the one set of rules judges."""

import copy
import json
from typing import Any, cast

from django import forms
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from orders import selectors
from orders.admin.lines_table import LinesField
from orders.errors import REFERENCE_TAKEN, FieldError, InvalidOrder, OrderNotFound
from orders.models import Order
from orders.rest.access import snake
from orders.rest.json_bodies import without_repeats
from orders.validation import MAX_NOTES, MAX_REASON, MAX_TAG, MAX_TAGS, MAX_TRACKING_CODE
from orders.values.amounts import as_decimal
from orders.views import order_id
from orders.writing.refunds import left_to_refund


class UniqueNames(json.JSONDecoder):
    """Reads JSON, and refuses an object that has the same name twice."""

    def __init__(self, **options: Any) -> None:
        super().__init__(object_pairs_hook=self.one_of_each, **options)

    def one_of_each(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """The object."""
        try:
            return without_repeats(pairs)
        except ValueError as error:
            raise json.JSONDecodeError(str(error), "", 0) from None


class NewOrderForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """An order to be: lines, or a bare total."""

    new_lines = LinesField(label="Lines", required=False)
    total = forms.CharField(
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=("The total of an order without lines, such as 12.50."),
    )

    class Meta:
        model = Order
        fields = ["customer_name", "customer_email", "currency", "external_reference", "total", "metadata"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "metadata" in self.fields:
            cast("forms.JSONField", self.fields["metadata"]).decoder = UniqueNames

    def clean_total(self) -> Any:
        """The amount as it is written, or None."""
        return self.cleaned_data["total"] or None

    def clean_metadata(self) -> Any:
        """No metadata is an empty object."""
        return self.cleaned_data["metadata"] or {}

    def _get_validation_exclusions(self) -> set[str]:
        return {field.name for field in Order._meta.get_fields()}  # The rules below judge them all.

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        if self.errors:
            return
        order = copy.copy(self.instance)
        try:
            order.completed(self.cleaned_data["new_lines"])
        except InvalidOrder as error:
            found = error.errors
        else:
            found = [REFERENCE_TAKEN] if selectors.taken_references([order]) else []
        for one in found:
            self.add_error(*placed(one))


def placed(error: FieldError) -> tuple[str | None, str]:
    """The form's field that an error belongs to, and what to say there."""
    name = snake(error.path[0]) if error.path else None
    if name == "metadata" and error.path[1:]:
        return name, f"{'.'.join(error.path[1:])}: {error.message}"
    if name == "lines":
        where = f"Line {int(error.path[1]) + 1}, {error.path[2]}: " if len(error.path) > 2 else ""
        return "new_lines", f"{where}{error.message}"
    return name if name in NewOrderForm.base_fields else None, error.message


class ShipForm(BaseDialogForm):  # type: ignore[misc]  # unfold has no types
    """A shipment."""

    tracking_code = forms.CharField(required=False, max_length=MAX_TRACKING_CODE, widget=UnfoldAdminTextInputWidget)


class CancelForm(BaseDialogForm):  # type: ignore[misc]  # as above
    """A cancellation."""

    reason = forms.CharField(
        required=False,
        max_length=MAX_REASON,
        widget=UnfoldAdminTextInputWidget,
        help_text="The customer sees it in the mail.",
    )


class OrderForm(BaseDialogForm):  # type: ignore[misc]  # as above
    """A change of an order as it was when the dialog opened: sent twice, or after another change, it is refused."""

    expected_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, object_id: str, **options: Any) -> None:
        super().__init__(*args, object_id=object_id, **options)
        try:
            order = selectors.existing(order_id(object_id))
        except OrderNotFound:
            return  # The service says so.
        self.initial["expected_version"] = order.version
        self.show(order)

    def show(self, order: Order) -> None:
        """Fill in what the order has."""


class EditForm(OrderForm):
    """Notes and tags."""

    notes = forms.CharField(
        required=False,
        max_length=MAX_NOTES,
        widget=UnfoldAdminTextareaWidget,
        help_text="Internal: no mail to the customer has them.",
    )
    tags = forms.CharField(
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=f"Separated by commas: at most {MAX_TAGS}, of at most {MAX_TAG} characters.",
    )

    def show(self, order: Order) -> None:
        """The present notes and tags."""
        self.initial |= {"notes": order.notes, "tags": ", ".join(order.tags)}

    def clean_tags(self) -> list[str]:
        """Each tag."""
        return [tag for text in self.cleaned_data["tags"].split(",") if (tag := text.strip())]


class RefundForm(OrderForm):
    """A refund, of all that is left or of a part."""

    amount = forms.CharField(required=False, widget=UnfoldAdminTextInputWidget)
    reason = forms.CharField(
        required=False,
        max_length=MAX_REASON,
        widget=UnfoldAdminTextInputWidget,
        help_text="The customer sees it in the mail.",
    )

    def show(self, order: Order) -> None:
        """The amount that can still be refunded."""
        left = f"{left_to_refund(order):.2f} {order.currency}"
        self.fields["amount"].help_text = f"At most {left}. All of that if it is empty."

    def clean_amount(self) -> Any:
        """The amount as a number, or as it is written for the service to refuse; None if there is none."""
        text = self.cleaned_data["amount"]
        return (text if (amount := as_decimal(text)) is None else amount) if text else None
