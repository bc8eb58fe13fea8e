"""The inputs of mutations of many orders."""

import strawberry

from graphql_api.inputs.new_orders import KEY, CreateOrderInput
from graphql_api.inputs.order_changes import PayOrderInput, ShipOrderInput
from graphql_api.types.enums import ErrorPolicy
from orders.writing.batches import MAX_LINES, MAX_MOVES, MAX_ORDERS

MOVES = f"The orders, at most {MAX_MOVES}. A single order may not have its own `idempotencyKey`."
POLICY = "What to do with the remaining orders if some orders cannot be changed."


@strawberry.input(description="New orders, created in one transaction.")
class CreateOrdersInput:
    """A batch."""

    orders: list[CreateOrderInput] = strawberry.field(
        description=(
            f"The orders, at most {MAX_ORDERS}, with at most {MAX_LINES} lines in total. None may have "
            "an `idempotencyKey` of its own."
        )
    )
    error_policy: ErrorPolicy = strawberry.field(
        default=ErrorPolicy.REJECT_ALL, description="What to do with the valid orders if some orders are invalid."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


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
