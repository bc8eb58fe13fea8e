"""The inputs of mutations and lists."""

from decimal import Decimal
from typing import Any, cast

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON

from graphql_api.types.enums import ErrorPolicy, OrderDirection, OrderOrderField, OrderSortField
from orders.services import NewOrder
from orders.validation import (
    MAX_EMAIL,
    MAX_LINES,
    MAX_NAME,
    MAX_NOTES,
    MAX_QUANTITY,
    MAX_REASON,
    MAX_REFERENCE,
    MAX_SKU,
    MAX_TAG,
    MAX_TAGS,
    MAX_TRACKING_CODE,
    NewLine,
)
from orders.writing.batches import MAX_LINES as MAX_BATCH_LINES
from orders.writing.batches import MAX_MOVES, MAX_ORDERS
from orders.writing.updates import EMPTY, OrderChanges

KEY = (
    "A unique key for this call, 1 to 255 printable ASCII characters, such as a UUID. Sending the same key and "
    "the same input again within 24 hours returns the first answer and changes nothing, so a client can safely "
    "retry."
)

TAGS = f"Tags by which you find the order again: at most {MAX_TAGS}, each of at most {MAX_TAG} characters."
MOVES = f"The orders, at most {MAX_MOVES}. None may have an `idempotencyKey` of its own."
POLICY = "What to do with the orders that can change if some cannot."
EDITABLE = "Can be changed while the order is NEW or PAID."


@strawberry.input(description="Identifies one order by exactly one of its unique values.", one_of=True)
class OrderIdentifier:
    """One of the names of an order."""

    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="The order's global `id`.")
    number: str | None = strawberry.field(default=strawberry.UNSET, description="The order's `number`.")
    external_reference: str | None = strawberry.field(
        default=strawberry.UNSET, description="The order's `externalReference`."
    )


@strawberry.input(description="The sort order of a list of orders.")
class OrderSort:
    """A sort key and a direction."""

    field: OrderSortField = strawberry.field(description="The field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="The sort direction.")


@strawberry.input(description="The old name of `OrderSort`.")
class OrderOrder:
    """An old name."""

    field: OrderOrderField = strawberry.field(description="The field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="The sort direction.")

    def as_sort(self) -> OrderSort:
        """The same under its new name."""
        return OrderSort(field=OrderSortField(self.field.value), direction=self.direction)


@strawberry.input(description="One line of a new order.")
class OrderLineInput:
    """A new line."""

    sku: str = strawberry.field(description=f"The seller's article number (SKU), at most {MAX_SKU} characters.")
    name: str | None = strawberry.field(default=None, description=f"The article's name, at most {MAX_NAME} characters.")
    quantity: int = strawberry.field(description=f"The number of pieces, from 1 to {MAX_QUANTITY}.")
    unit_price: Decimal = strawberry.field(
        description="The price of one piece, at least 0, with at most as many decimal places as the currency has."
    )

    def new_line(self) -> NewLine:
        """The arguments of the service."""
        return NewLine(sku=self.sku, quantity=self.quantity, unit_price=self.unit_price, name=self.name or "")


@strawberry.input(description="A new order. Give either `lines`, and the total is their sum, or `total` alone.")
class CreateOrderInput:
    """A new order."""

    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
    external_reference: str | None = strawberry.field(
        default=None,
        description=(
            f"Your own reference for the order, at most {MAX_REFERENCE} characters. It must be unique in your tenant."
        ),
    )
    customer_email: str | None = strawberry.field(
        default=None,
        description=(
            f"The customer's e-mail address, at most {MAX_EMAIL} characters. Mails about the order are sent to it."
        ),
    )
    customer_name: str | None = strawberry.field(
        default=None, description=f"The customer's name, at most {MAX_NAME} characters."
    )
    currency: str | None = strawberry.field(
        default=None, description="The ISO 4217 code of every amount. Defaults to the tenant's default currency."
    )
    lines: list[OrderLineInput] | None = strawberry.field(
        default=None, description=f"The order's lines, at most {MAX_LINES}."
    )
    total: Decimal | None = strawberry.field(
        default=None, description="The order's total. Give it only for an order without lines."
    )
    metadata: JSON | None = strawberry.field(
        default=None,
        description=(
            "A JSON object of your own that is stored with the order: at most 16 KiB, 10 levels deep and 1,000 "
            "values. Numbers must be within ±9007199254740991, the range that every JSON parser keeps exactly. "
            "Send larger numbers as strings."
        ),
    )

    notes: str | None = strawberry.field(default=None, description=f"Internal notes, at most {MAX_NOTES} characters.")
    tags: list[str] | None = strawberry.field(default=None, description=TAGS)

    def new_order(self) -> NewOrder:
        """The arguments of the service."""
        return NewOrder(
            lines=[line.new_line() for line in self.lines or ()],
            total=self.total,
            currency=self.currency or "",
            customer_email=self.customer_email or "",
            customer_name=self.customer_name or "",
            external_reference=self.external_reference,
            metadata=cast("dict[str, Any]", {} if self.metadata is None else self.metadata),
            notes=self.notes or "",
            tags=tuple(self.tags or ()),
        )


@strawberry.input(description="New orders, created in one transaction.")
class CreateOrdersInput:
    """A batch."""

    orders: list[CreateOrderInput] = strawberry.field(
        description=(
            f"The orders, at most {MAX_ORDERS}, with at most {MAX_BATCH_LINES} lines in total. None may have "
            "an `idempotencyKey` of its own."
        )
    )
    error_policy: ErrorPolicy = strawberry.field(
        default=ErrorPolicy.REJECT_ALL, description="What to do with the valid orders if some orders are invalid."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="The order to change.")
class OrderChangeInput:
    """The common input of transitions."""

    id: strawberry.ID = strawberry.field(description="The order's `id`.")
    expected_version: int | None = strawberry.field(
        default=None,
        description=(
            "Change the order only if its `version` still equals this value. Otherwise the mutation changes "
            "nothing and returns `STALE_VERSION`."
        ),
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="The order to mark as paid.")
class PayOrderInput(OrderChangeInput):
    """NEW to PAID."""


@strawberry.input(description="The order to mark as shipped.")
class ShipOrderInput(OrderChangeInput):
    """PAID to SHIPPED."""

    tracking_code: str | None = strawberry.field(
        default=None, description=f"The parcel's tracking code, at most {MAX_TRACKING_CODE} characters."
    )


@strawberry.input(description="The order to mark as delivered.")
class DeliverOrderInput(OrderChangeInput):
    """SHIPPED to DELIVERED."""


@strawberry.input(description="The order to cancel.")
class CancelOrderInput(OrderChangeInput):
    """NEW or PAID to CANCELLED."""

    reason: str | None = strawberry.field(
        default=None, description=f"The reason, at most {MAX_REASON} characters. The customer sees it in the mail."
    )


@strawberry.input(
    description=(
        "The fields of an order to change. An omitted field stays as it is, and null clears a field. Notes and "
        "tags can always be changed."
    )
)
class UpdateOrderInput(OrderChangeInput):
    """The changes."""

    customer_email: str | None = strawberry.field(
        default=UNSET, description=f"The customer's e-mail address, at most {MAX_EMAIL} characters. {EDITABLE}"
    )
    customer_name: str | None = strawberry.field(
        default=UNSET, description=f"The customer's name, at most {MAX_NAME} characters. {EDITABLE}"
    )
    external_reference: str | None = strawberry.field(
        default=UNSET,
        description=f"Your own reference, at most {MAX_REFERENCE} characters, unique in your tenant. {EDITABLE}",
    )
    metadata: JSON | None = strawberry.field(
        default=UNSET, description=f"Your own JSON object. It replaces the order's metadata. {EDITABLE}"
    )
    notes: str | None = strawberry.field(
        default=UNSET,
        description=f"Internal notes, at most {MAX_NOTES} characters; they may have several lines.",
    )
    tags: list[str] | None = strawberry.field(default=UNSET, description=f"{TAGS} They replace the order's tags.")

    def changes(self) -> OrderChanges:
        """The arguments of the service."""
        given = {name: getattr(self, name) for name in EMPTY}
        found = {name: EMPTY[name] if value is None else value for name, value in given.items() if value is not UNSET}  # type: ignore[literal-required]  # its own names
        return cast("OrderChanges", found)


@strawberry.input(description="The order to refund, fully or in part. It must have been paid.")
class RefundOrderInput(OrderChangeInput):
    """A refund."""

    amount: Decimal | None = strawberry.field(
        default=None,
        description="The amount to refund, in the order's currency. Defaults to all that is left of the payment.",
    )
    reason: str | None = strawberry.field(
        default=None, description=f"The reason, at most {MAX_REASON} characters. The customer sees it in the mail."
    )


@strawberry.input(description="Orders to mark as paid, in one transaction.")
class PayOrdersInput:
    """A batch."""

    orders: list[PayOrderInput] = strawberry.field(description=MOVES)
    error_policy: ErrorPolicy = strawberry.field(default=ErrorPolicy.REJECT_ALL, description=POLICY)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Orders to mark as shipped, in one transaction.")
class ShipOrdersInput:
    """A batch."""

    orders: list[ShipOrderInput] = strawberry.field(description=MOVES)
    error_policy: ErrorPolicy = strawberry.field(default=ErrorPolicy.REJECT_ALL, description=POLICY)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
