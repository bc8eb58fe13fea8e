"""The payloads of mutations."""

import strawberry

from graphql_api.types.enums import OrderErrorCode
from graphql_api.types.orders import Order
from orders.errors import FieldError, OrderError


@strawberry.type(description="An error in the input that the client can correct.")
class UserError:
    """A rule that the input breaks."""

    code: OrderErrorCode = strawberry.field(description="The error's code, for programs.")
    field: list[str] | None = strawberry.field(
        description=(
            'The path of the field in `input`, such as `["lines", "0", "quantity"]`. Null if the error is not '
            "about a single field."
        )
    )
    message: str = strawberry.field(description="The error as an English sentence, for people.")
    current_version: int | None = strawberry.field(
        default=None, description="With `STALE_VERSION`, the order's current version."
    )


@strawberry.type(description="The result of a mutation of one order.")
class OrderPayload:
    """The common payload of mutations of one order."""

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


@strawberry.type(description="The result of `updateOrder`.")
class UpdateOrderPayload(OrderPayload):
    """A changed order."""


@strawberry.type(description="The result of `refundOrder`.")
class RefundOrderPayload(OrderPayload):
    """A refunded order."""


@strawberry.type(description="The result of a mutation of many orders.")
class OrdersPayload:
    """The common payload of batches."""

    orders: list[Order | None] = strawberry.field(
        description=(
            "The orders, in the order of the input. Null where an order was refused. Empty if nothing was changed."
        )
    )
    user_errors: list[UserError] = strawberry.field(
        description=(
            "Errors in the input. The path of an error in one order begins with its index in the input: "
            '`["orders", "3", …]`.'
        )
    )


@strawberry.type(description="The result of `createOrders`.")
class CreateOrdersPayload(OrdersPayload):
    """New orders."""


@strawberry.type(description="The result of `payOrders`.")
class PayOrdersPayload(OrdersPayload):
    """Paid orders."""


@strawberry.type(description="The result of `shipOrders`.")
class ShipOrdersPayload(OrdersPayload):
    """Shipped orders."""


def user_errors_of(error: OrderError) -> list[UserError]:
    """A refusal of the services as data."""
    return [user_error(one) for one in error.errors]


def user_error(error: FieldError) -> UserError:
    """A broken rule as data of the schema."""
    return UserError(
        code=OrderErrorCode[error.code],
        field=list(error.path) or None,
        message=error.message,
        current_version=error.current_version,
    )
