"""The inputs of mutations that change one order."""

from decimal import Decimal
from typing import cast

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON

from graphql_api.inputs.new_orders import KEY, TAGS
from orders.validation import MAX_EMAIL, MAX_NAME, MAX_NOTES, MAX_REASON, MAX_REFERENCE, MAX_TRACKING_CODE
from orders.writing.updates import EMPTY, OrderChanges

EDITABLE = "Can be changed while the order is NEW or PAID."


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
        default=None, description=f"The reason, at most {MAX_REASON} characters. The mail to the customer contains it."
    )


@strawberry.input(
    description=(
        "The fields of an order to change. An omitted field stays unchanged, and null clears a field. Notes and "
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
        description=f"Internal notes, at most {MAX_NOTES} characters; line breaks are allowed.",
    )
    tags: list[str] | None = strawberry.field(default=UNSET, description=f"{TAGS} They replace the order's tags.")

    def changes(self) -> OrderChanges:
        """The arguments of the service."""
        given = {name: getattr(self, name) for name in EMPTY}
        found = {name: EMPTY[name] if value is None else value for name, value in given.items() if value is not UNSET}  # type: ignore[literal-required]  # its own names
        return cast("OrderChanges", found)


@strawberry.input(description="The paid order to refund, fully or in part.")
class RefundOrderInput(OrderChangeInput):
    """A refund."""

    amount: Decimal | None = strawberry.field(
        default=None,
        description="The amount to refund, in the order's currency. Defaults to the rest of the payment.",
    )
    reason: str | None = strawberry.field(
        default=None, description=f"The reason, at most {MAX_REASON} characters. The mail to the customer contains it."
    )
