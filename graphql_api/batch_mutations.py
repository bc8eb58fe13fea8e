"""Mutations of many orders, each in one transaction."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar, cast

import strawberry

from graphql_api.ids import uuid_of
from graphql_api.inputs.new_orders import CreateOrderInput
from graphql_api.inputs.order_batches import CreateOrdersInput, PayOrdersInput, ShipOrdersInput
from graphql_api.inputs.order_changes import OrderChangeInput, PayOrderInput, ShipOrderInput
from graphql_api.types.arguments import DryRun, Input
from graphql_api.types.enums import ErrorPolicy
from graphql_api.types.mutation_payloads import (
    CreateOrdersPayload,
    OrdersPayload,
    PayOrdersPayload,
    ShipOrdersPayload,
    user_error,
    user_errors_of,
)
from graphql_api.types.orders import Order
from orders.errors import FieldError, OrderError
from orders.writing import batches

P = TypeVar("P", bound=OrdersPayload)
Batched: TypeAlias = CreateOrdersInput | PayOrdersInput | ShipOrdersInput


def answer_batch(payload: type[P], given: Batched, service: Callable[[], batches.Batch]) -> P:
    """Call a service of many orders and answer with its results and its refusals."""
    if errors := inner_keys(given):
        return payload(orders=[], user_errors=[user_error(error) for error in errors])
    try:
        batch = service()
    except OrderError as error:
        return payload(orders=[], user_errors=user_errors_of(error))
    orders = cast("list[Order | None]", batch.orders)
    return payload(orders=orders, user_errors=[user_error(error) for error in batch.errors])


def inner_keys(given: Batched) -> list[FieldError]:
    """The errors of orders of a batch that have their own keys."""
    message = "Orders of a batch cannot have an idempotencyKey of their own. Give the batch a key."
    orders: Sequence[CreateOrderInput | OrderChangeInput] = given.orders
    return [
        FieldError("INVALID", ("orders", str(index), "idempotencyKey"), message)
        for index, order in enumerate(orders)
        if order.idempotency_key is not None
    ]


def policy(given: Batched) -> dict[str, Any]:
    """The common arguments of the batches' services."""
    return {"reject_all": given.error_policy is ErrorPolicy.REJECT_ALL, "idempotency_key": given.idempotency_key}


def move_of(given: PayOrderInput | ShipOrderInput) -> batches.Move:
    """One order of a batch.

    Raises:
        ApiError: the id is not an order's.
    """
    code = (given.tracking_code or "") if isinstance(given, ShipOrderInput) else ""
    return batches.Move(uuid_of(given.id, "Order"), given.expected_version, code)


@strawberry.type
class BatchMutation:
    """The mutations of many orders: a field for each service."""

    @strawberry.mutation(description="Create many orders in one transaction.")
    def create_orders(self, input: Input[CreateOrdersInput], dry_run: DryRun = False) -> CreateOrdersPayload:
        news = [order.new_order() for order in input.orders]

        def create() -> batches.Batch:
            if dry_run:
                return batches.Batch([], batches.check_orders(news))
            return batches.create_orders(news, **policy(input))

        return answer_batch(CreateOrdersPayload, input, create)

    @strawberry.mutation(description="Mark many orders as paid in one transaction.")
    def pay_orders(self, input: Input[PayOrdersInput]) -> PayOrdersPayload:
        moves = [move_of(order) for order in input.orders]
        return answer_batch(PayOrdersPayload, input, lambda: batches.pay_orders(moves, **policy(input)))

    @strawberry.mutation(description="Mark many orders as shipped in one transaction, each with its tracking code.")
    def ship_orders(self, input: Input[ShipOrdersInput]) -> ShipOrdersPayload:
        moves = [move_of(order) for order in input.orders]
        return answer_batch(ShipOrdersPayload, input, lambda: batches.ship_orders(moves, **policy(input)))
