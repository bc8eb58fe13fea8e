"""What mutations answer."""

import strawberry

from graphql_api.types.enums import OrderErrorCode
from graphql_api.types.orders import Order
from orders.errors import FieldError, OrderError, StaleVersion


@strawberry.type(description="An error in the input that the client can correct.")
class UserError:
    """One broken rule."""

    code: OrderErrorCode = strawberry.field(description="The error's code, for programs.")
    field: list[str] | None = strawberry.field(
        description=(
            'The path of the field in `input`, such as `["lines", "0", "quantity"]`. Null if the error is not '
            "about one field."
        )
    )
    message: str = strawberry.field(description="The error as an English sentence, for people.")
    current_version: int | None = strawberry.field(
        default=None, description="With `STALE_VERSION`, the order's current version."
    )


@strawberry.type(description="The result of a mutation of one order.")
class OrderPayload:
    """What every mutation of one order answers."""

    order: Order | None = strawberry.field(description="The order. Null if the input was refused.")
    user_errors: list[UserError] = strawberry.field(
        description=("Errors in the input. If there are any, nothing was changed. Empty on success.")
    )


@strawberry.type(description="The result of `createOrder`.")
class CreateOrderPayload(OrderPayload):
    """A new order."""


@strawberry.type(description="The result of `payOrder`.")
class PayOrderPayload(OrderPayload):
    """A paid order."""


@strawberry.type(description="The result of `shipOrder`.")
class ShipOrderPayload(OrderPayload):
    """A shipped order."""


@strawberry.type(description="The result of `deliverOrder`.")
class DeliverOrderPayload(OrderPayload):
    """A delivered order."""


@strawberry.type(description="The result of `cancelOrder`.")
class CancelOrderPayload(OrderPayload):
    """A cancelled order."""


@strawberry.type(description="The result of `createOrders`.")
class CreateOrdersPayload:
    """What became of a batch."""

    orders: list[Order | None] = strawberry.field(
        description=(
            "The orders, in the order of the input. Null where an order was not created. Empty if none was created."
        )
    )
    user_errors: list[UserError] = strawberry.field(
        description=(
            "Errors in the input. The path of an error in one order begins with its index in the input: "
            '`["orders", "3", …]`.'
        )
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
