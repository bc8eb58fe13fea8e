"""The shapes of what the REST API answers."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from orders.models import Order, OrderLine
from orders.states import ProcessingStatus, RefundStatus, Status
from orders.tables.order_parts import Refund

AMOUNT = {"type": "string", "pattern": r"^\d{1,8}\.\d{2}$", "example": "100.00"}


@extend_schema_field(AMOUNT)
class Amount(serializers.DecimalField):
    """A decimal string with two places."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=10, decimal_places=2, **options)


class OptionalText(serializers.CharField):
    """A text, or null if it was not given: where the column has the empty text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)

    def to_representation(self, value: str) -> str | None:  # type: ignore[override]  # which may be null here
        """The text, or None."""
        return value or None


class OrderLineSerializer(serializers.ModelSerializer[OrderLine]):
    """A quantity of an article at a price per piece."""

    sku = serializers.CharField(help_text="The article number (SKU).")
    name = OptionalText(help_text="The article's name. Null if not given.")
    quantity = serializers.IntegerField(help_text="Pieces.")
    unit_price = Amount(help_text="The price of one piece in the order's currency, as a decimal string.")
    total = Amount(help_text="The quantity times the unit price.")

    class Meta:
        model = OrderLine
        fields = ["sku", "name", "quantity", "unit_price", "total"]


class RefundSerializer(serializers.ModelSerializer[Refund]):
    """Money that was given back to the customer."""

    id = serializers.UUIDField(help_text="The refund's id.")
    amount = Amount(help_text="The refunded amount in the order's currency, as a decimal string.")
    reason = OptionalText(help_text="The reason, which the customer sees. Null if not given.")
    created_at = serializers.DateTimeField(help_text="When the refund was made.")

    class Meta:
        model = Refund
        fields = ["id", "amount", "reason", "created_at"]


class OrderSerializer(serializers.ModelSerializer[Order]):
    """An order as it is now."""

    id = serializers.UUIDField(help_text="The order's id, which is part of its URLs.")
    number = serializers.CharField(
        help_text="The order number for people, such as K7Q2F-9M4TD. It is unique in the tenant."
    )
    external_reference = serializers.CharField(
        allow_null=True, help_text="The client's own reference for the order, unique in the tenant."
    )
    customer_email = OptionalText(help_text="The customer's e-mail address. If it is null, no mail is sent.")
    customer_name = OptionalText(help_text="The customer's name. Null if not given.")
    currency = serializers.CharField(help_text="An ISO 4217 code, such as EUR.")
    total = Amount(help_text="The sum of the lines, or the given total, as a decimal string.")
    status = serializers.ChoiceField(Status.choices, help_text="The order's status.")
    available_transitions = serializers.ListField(
        child=serializers.ChoiceField(Status.choices), help_text="The statuses that the order can change to."
    )
    processing_status = serializers.ChoiceField(
        ProcessingStatus.choices, help_text="The status of the background processing. It is independent of `status`."
    )
    version = serializers.IntegerField(
        help_text="The order's version: 1 for a new order, one more after each business change. It is also the ETag."
    )
    metadata = serializers.DictField(help_text="The client's own JSON object.")
    notes = OptionalText(help_text="Internal notes, which no mail has. Null if there are none.")
    tags = serializers.ListField(child=serializers.CharField(), help_text="The order's tags, sorted.")
    refunded_total = Amount(help_text="The sum of the refunds, at most the total, as a decimal string.")
    refund_status = serializers.ChoiceField(
        RefundStatus.choices, help_text="How much of the payment was refunded. It is independent of `status`."
    )
    refunds = RefundSerializer(many=True, source="known_refunds", help_text="The refunds, oldest first.")
    created_at = serializers.DateTimeField(help_text="When the order was created.")
    updated_at = serializers.DateTimeField(help_text="When the order last changed.")
    paid_at = serializers.DateTimeField(allow_null=True, help_text="When the order was paid. Null if it was not.")
    shipped_at = serializers.DateTimeField(allow_null=True, help_text="When the order was shipped. Null if it was not.")
    delivered_at = serializers.DateTimeField(
        allow_null=True, help_text="When the order was delivered. Null if it was not."
    )
    cancelled_at = serializers.DateTimeField(
        allow_null=True, help_text="When the order was cancelled. Null if it was not."
    )
    lines = OrderLineSerializer(
        many=True, help_text="The order's lines, at most 500. Empty if the order was created with a total only."
    )

    class Meta:
        model = Order
        fields = [
            *("id", "number", "external_reference", "customer_email", "customer_name", "currency", "total"),
            *("status", "available_transitions", "processing_status", "version", "metadata", "notes", "tags"),
            *("refunded_total", "refund_status", "refunds"),
            *("created_at", "updated_at", "paid_at", "shipped_at", "delivered_at", "cancelled_at", "lines"),
        ]
