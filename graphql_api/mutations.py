"""Writes: translate the input, call one service, translate what it says."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar, cast
from uuid import UUID

import strawberry

from graphql_api.access.permissions import for_tenant_members
from graphql_api.administration.delivery_mutations import LedgerMutation
from graphql_api.administration.token_fields import TokenMutation
from graphql_api.ids import uuid_of
from graphql_api.inputs import (
    CancelOrderInput,
    CreateOrderInput,
    CreateOrdersInput,
    DeliverOrderInput,
    OrderChangeInput,
    PayOrderInput,
    ShipOrderInput,
)
from graphql_api.lab.lab_fields import LabMutation
from graphql_api.types.enums import ErrorPolicy
from graphql_api.types.orders import Order
from graphql_api.types.payloads import (
    CancelOrderPayload,
    CreateOrderPayload,
    CreateOrdersPayload,
    DeliverOrderPayload,
    OrderPayload,
    PayOrderPayload,
    ShipOrderPayload,
    user_error,
    user_errors_of,
)
from orders import batches, models, services
from orders.errors import FieldError, OrderError

P = TypeVar("P", bound=OrderPayload)
T = TypeVar("T")
Input = Annotated[T, strawberry.argument(description="The mutation's input.")]
DryRun = Annotated[
    bool,
    strawberry.argument(
        description=(
            "Validate the orders and return the errors in `userErrors`. Nothing is created, and the idempotency "
            "key is neither used nor checked."
        )
    ),
]


def answer(payload: type[P], service: Callable[..., models.Order], *args: Any, **kwargs: Any) -> P:
    """Call a service and answer with the order, or with why it refused."""
    try:
        order = service(*args, **kwargs)
    except OrderError as error:
        return payload(order=None, user_errors=user_errors_of(error))
    return payload(order=cast("Order", order), user_errors=[])


def target(given: OrderChangeInput) -> dict[str, Any]:
    """What every transition's service takes.

    Raises:
        ApiError: the id is none of an order.
    """
    order_id: UUID = uuid_of(given.id, "Order")
    return {
        "order_id": order_id,
        "expected_version": given.expected_version,
        "idempotency_key": given.idempotency_key,
    }


def inner_keys(given: CreateOrdersInput) -> list[FieldError]:
    """What is wrong with orders of a batch that have keys of their own."""
    message = "Orders of a batch cannot have an idempotencyKey of their own. Give the batch a key."
    return [
        FieldError("INVALID", ("orders", str(index), "idempotencyKey"), message)
        for index, order in enumerate(given.orders)
        if order.idempotency_key is not None
    ]


def refused(errors: Iterable[FieldError]) -> CreateOrdersPayload:
    """The answer of a batch of which nothing was created."""
    return CreateOrdersPayload(orders=[], user_errors=[user_error(error) for error in errors])


@for_tenant_members(scope="orders:write")
@strawberry.type(
    description=(
        "All writes. Errors that a client can correct are returned in `userErrors`; the mutation then changed nothing."
    )
)
class Mutation(LedgerMutation, LabMutation, TokenMutation):
    """One field for each service."""

    @strawberry.mutation(description="Create an order.")
    def create_order(self, input: Input[CreateOrderInput]) -> CreateOrderPayload:
        return answer(
            CreateOrderPayload, services.create_order, input.new_order(), idempotency_key=input.idempotency_key
        )

    @strawberry.mutation(description="Create many orders in one transaction.")
    def create_orders(self, input: Input[CreateOrdersInput], dry_run: DryRun = False) -> CreateOrdersPayload:
        if errors := inner_keys(input):
            return refused(errors)
        news = [order.new_order() for order in input.orders]
        try:
            if dry_run:
                return refused(batches.check_orders(news))
            batch = batches.create_orders(
                news,
                reject_all=input.error_policy is ErrorPolicy.REJECT_ALL,
                idempotency_key=input.idempotency_key,
            )
        except OrderError as error:
            return CreateOrdersPayload(orders=[], user_errors=user_errors_of(error))
        orders = cast("list[Order | None]", batch.orders)
        return CreateOrdersPayload(orders=orders, user_errors=[user_error(error) for error in batch.errors])

    @strawberry.mutation(description="Mark an order as paid. Its status changes from NEW to PAID.")
    def pay_order(self, input: Input[PayOrderInput]) -> PayOrderPayload:
        return answer(PayOrderPayload, services.pay_order, **target(input))

    @strawberry.mutation(description="Mark an order as shipped. Its status changes from PAID to SHIPPED.")
    def ship_order(self, input: Input[ShipOrderInput]) -> ShipOrderPayload:
        code = input.tracking_code or ""
        return answer(ShipOrderPayload, services.ship_order, **target(input), tracking_code=code)

    @strawberry.mutation(description="Mark an order as delivered. Its status changes from SHIPPED to DELIVERED.")
    def deliver_order(self, input: Input[DeliverOrderInput]) -> DeliverOrderPayload:
        return answer(DeliverOrderPayload, services.deliver_order, **target(input))

    @strawberry.mutation(description="Cancel an order. Its status changes from NEW or PAID to CANCELLED.")
    def cancel_order(self, input: Input[CancelOrderInput]) -> CancelOrderPayload:
        return answer(CancelOrderPayload, services.cancel_order, **target(input), reason=input.reason or "")
