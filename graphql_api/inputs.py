"""What mutations and lists are given."""

from decimal import Decimal
from typing import Any, cast

import strawberry
from strawberry.scalars import JSON

from graphql_api.types.enums import ErrorPolicy, OrderDirection, OrderOrderField
from orders.batches import MAX_LINES as MAX_BATCH_LINES
from orders.batches import MAX_ORDERS
from orders.services import MAX_REASON, MAX_TRACKING_CODE, NewOrder
from orders.validation import MAX_EMAIL, MAX_LINES, MAX_NAME, MAX_QUANTITY, MAX_REFERENCE, MAX_SKU, NewLine

KEY = (
    "Your own name for this call, 1 to 255 printable ASCII characters; a UUID is good. A repeat with the same key and "
    "input within 24 hours answers as the first did and does nothing, so that a lost answer can be asked for again."
)


@strawberry.input(description="How a list of orders is sorted.")
class OrderOrder:
    """A sort key and a direction."""

    field: OrderOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="Which way.")


@strawberry.input(description="One line of an order to be.")
class OrderLineInput:
    """A new line."""

    sku: str = strawberry.field(description=f"The seller's article number, at most {MAX_SKU} characters.")
    name: str | None = strawberry.field(
        default=None, description=f"What it is, in words; at most {MAX_NAME} characters."
    )
    quantity: int = strawberry.field(description=f"How many pieces, from 1 to {MAX_QUANTITY}.")
    unit_price: Decimal = strawberry.field(
        description="The price of one piece: at least 0, with at most as many decimal places as the currency has."
    )

    def new_line(self) -> NewLine:
        """As the services take it."""
        return NewLine(sku=self.sku, quantity=self.quantity, unit_price=self.unit_price, name=self.name or "")


@strawberry.input(description="An order to be: with lines, whose sum is its total, or with a bare total.")
class CreateOrderInput:
    """A new order."""

    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
    external_reference: str | None = strawberry.field(
        default=None,
        description=f"Your own name for the order, unique among yours; at most {MAX_REFERENCE} characters.",
    )
    customer_email: str | None = strawberry.field(
        default=None,
        description=f"The customer's e-mail address, at most {MAX_EMAIL} characters; the order's news go there.",
    )
    customer_name: str | None = strawberry.field(
        default=None, description=f"The customer's name, at most {MAX_NAME} characters."
    )
    currency: str | None = strawberry.field(
        default=None, description="The ISO 4217 code of every amount; the tenant's default if not given."
    )
    lines: list[OrderLineInput] | None = strawberry.field(
        default=None, description=f"What is ordered, at most {MAX_LINES} lines."
    )
    total: Decimal | None = strawberry.field(
        default=None, description="What it costs; for an order without lines only."
    )
    metadata: JSON | None = strawberry.field(
        default=None,
        description=(
            "A JSON object of yours to keep with it: at most 16 KiB, 10 levels and 1,000 values. Its numbers are "
            "within ±9007199254740991, which every reader of JSON keeps; write larger ones as text."
        ),
    )

    def new_order(self) -> NewOrder:
        """As the services take it."""
        return NewOrder(
            lines=[line.new_line() for line in self.lines or ()],
            total=self.total,
            currency=self.currency or "",
            customer_email=self.customer_email or "",
            customer_name=self.customer_name or "",
            external_reference=self.external_reference,
            metadata=cast("dict[str, Any]", {} if self.metadata is None else self.metadata),
        )


@strawberry.input(description="Orders to be, in one transaction.")
class CreateOrdersInput:
    """A batch."""

    orders: list[CreateOrderInput] = strawberry.field(
        description=(
            f"At most {MAX_ORDERS} orders with {MAX_BATCH_LINES} lines in all; none has an `idempotencyKey` of its own."
        )
    )
    error_policy: ErrorPolicy = strawberry.field(
        default=ErrorPolicy.REJECT_ALL, description="What becomes of the others if some break a rule."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which order to change.")
class OrderChangeInput:
    """What every transition takes."""

    id: strawberry.ID = strawberry.field(description="The order's `id`.")
    expected_version: int | None = strawberry.field(
        default=None, description="Change it only if its `version` is still this one; else nothing is done."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="An order that was paid.")
class PayOrderInput(OrderChangeInput):
    """NEW to PAID."""


@strawberry.input(description="An order that was handed to a carrier.")
class ShipOrderInput(OrderChangeInput):
    """PAID to SHIPPED."""

    tracking_code: str | None = strawberry.field(
        default=None, description=f"The parcel's tracking code, at most {MAX_TRACKING_CODE} characters."
    )


@strawberry.input(description="An order that reached its customer.")
class DeliverOrderInput(OrderChangeInput):
    """SHIPPED to DELIVERED."""


@strawberry.input(description="An order to be called off.")
class CancelOrderInput(OrderChangeInput):
    """NEW or PAID to CANCELLED."""

    reason: str | None = strawberry.field(
        default=None, description=f"Why, in at most {MAX_REASON} characters; the customer is told."
    )
