"""What mutations answer."""

import strawberry

from graphql_api.types.enums import OrderErrorCode
from graphql_api.types.orders import Order
from orders.errors import FieldError, OrderError, StaleVersion


@strawberry.type(description="Something in the input that its author can correct.")
class UserError:
    """One broken rule."""

    code: OrderErrorCode = strawberry.field(description="What is wrong, for a program.")
    field: list[str] | None = strawberry.field(
        description='The path to it in `input`, such as `["lines", "0", "quantity"]`; null if no single field is meant.'
    )
    message: str = strawberry.field(description="What is wrong, in English, for a person.")
    current_version: int | None = strawberry.field(
        default=None, description="With `STALE_VERSION`, the version that the order is at now."
    )


@strawberry.type(description="What became of an order.")
class OrderPayload:
    """What every mutation of one order answers."""

    order: Order | None = strawberry.field(description="The order; null if nothing was done.")
    user_errors: list[UserError] = strawberry.field(description="What is wrong with the input; empty if it was done.")


@strawberry.type(description="The answer of `createOrder`.")
class CreateOrderPayload(OrderPayload):
    """A new order."""


@strawberry.type(description="The answer of `payOrder`.")
class PayOrderPayload(OrderPayload):
    """A paid order."""


@strawberry.type(description="The answer of `shipOrder`.")
class ShipOrderPayload(OrderPayload):
    """A shipped order."""


@strawberry.type(description="The answer of `deliverOrder`.")
class DeliverOrderPayload(OrderPayload):
    """A delivered order."""


@strawberry.type(description="The answer of `cancelOrder`.")
class CancelOrderPayload(OrderPayload):
    """A cancelled order."""


@strawberry.type(description="The answer of `createOrders`.")
class CreateOrdersPayload:
    """What became of a batch."""

    orders: list[Order | None] = strawberry.field(
        description="At each place of the input the order, or null if it was not created. Empty if none was."
    )
    user_errors: list[UserError] = strawberry.field(
        description='What is wrong with the input. A path to an order begins with its place: `["orders", "3", …]`.'
    )


def user_errors_of(error: OrderError) -> list[UserError]:
    """A refusal of the services as data."""
    version = error.current_version if isinstance(error, StaleVersion) else None
    return [user_error(one, version) for one in error.errors]


def user_error(error: FieldError, current_version: int | None = None) -> UserError:
    """One broken rule as data."""
    return UserError(
        code=OrderErrorCode[error.code],
        field=list(error.path) or None,
        message=error.message,
        current_version=current_version,
    )
