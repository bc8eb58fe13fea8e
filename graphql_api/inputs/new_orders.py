"""The inputs of a new order."""

from decimal import Decimal
from typing import Any, cast

import strawberry
from strawberry.scalars import JSON

from orders.services import NewOrder
from orders.validation import (
    MAX_EMAIL,
    MAX_LINES,
    MAX_NAME,
    MAX_NOTES,
    MAX_QUANTITY,
    MAX_REFERENCE,
    MAX_SKU,
    MAX_TAG,
    MAX_TAGS,
    NewLine,
)

KEY = (
    "A unique key for this call, 1 to 255 printable ASCII characters, such as a UUID. Sending the same key and "
    "the same input again within 24 hours returns the first answer and changes nothing, so a client can safely "
    "retry."
)
TAGS = f"Tags for finding the order later: at most {MAX_TAGS}, each of at most {MAX_TAG} characters."


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
            f"The customer's e-mail address, at most {MAX_EMAIL} characters. It receives the mails about the order."
        ),
    )
    customer_name: str | None = strawberry.field(
        default=None, description=f"The customer's name, at most {MAX_NAME} characters."
    )
    currency: str | None = strawberry.field(
        default=None,
        description=("The ISO 4217 code of the currency of every amount. Defaults to the tenant's default currency."),
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
            "Your own JSON object, stored with the order: at most 16 KiB, 10 levels deep and 1,000 values. Numbers "
            "must be within ±9007199254740991, the range that every JSON parser keeps exactly. Send larger numbers "
            "as strings."
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
