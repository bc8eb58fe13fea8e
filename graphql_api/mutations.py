"""Mutations: translate the input, call one service, translate the result."""

from collections.abc import Callable
from typing import Any, TypeVar, cast
from uuid import UUID

import strawberry

from graphql_api.access.permissions import for_tenant_members
from graphql_api.administration.delivery_mutations import LedgerMutation
from graphql_api.administration.member_fields import MemberMutation
from graphql_api.administration.token_fields import TokenMutation
from graphql_api.administration.webhook_fields import WebhookMutation
from graphql_api.batch_mutations import BatchMutation
from graphql_api.ids import uuid_of
from graphql_api.inputs.new_orders import CreateOrderInput
from graphql_api.inputs.order_changes import (
    CancelOrderInput,
    DeliverOrderInput,
    OrderChangeInput,
    PayOrderInput,
    RefundOrderInput,
    ShipOrderInput,
    UpdateOrderInput,
)
from graphql_api.lab.lab_fields import LabMutation
from graphql_api.types.arguments import Input
from graphql_api.types.mutation_payloads import (
    CancelOrderPayload,
    CreateOrderPayload,
    DeliverOrderPayload,
    OrderPayload,
    PayOrderPayload,
    RefundOrderPayload,
    ShipOrderPayload,
    UpdateOrderPayload,
    user_errors_of,
)
from graphql_api.types.orders import Order
from orders import models, services
from orders.errors import OrderError
from orders.writing import refunds, updates

P = TypeVar("P", bound=OrderPayload)


def answer(payload: type[P], service: Callable[..., models.Order], *args: Any, **kwargs: Any) -> P:
    """Call a service and answer with the order, or with the reasons of its refusal."""
    try:
        order = service(*args, **kwargs)
    except OrderError as error:
        return payload(order=None, user_errors=user_errors_of(error))
    return payload(order=cast("Order", order), user_errors=[])


def target(given: OrderChangeInput) -> dict[str, Any]:
    """The common arguments of the transitions' services.

    Raises:
        ApiError: the id is not an order's.
    """
    order_id: UUID = uuid_of(given.id, "Order")
    return {
        "order_id": order_id,
        "expected_version": given.expected_version,
        "idempotency_key": given.idempotency_key,
    }


@for_tenant_members(scope="orders:write")
@strawberry.type(
    description=(
        "All mutations. Errors that a client can correct are returned in `userErrors`; in that case the mutation "
        "changed nothing."
    )
)
class Mutation(LedgerMutation, LabMutation, TokenMutation, MemberMutation, WebhookMutation, BatchMutation):
    """The mutations of orders: a field for each service."""

    @strawberry.mutation(description="Create an order.")
    def create_order(self, input: Input[CreateOrderInput]) -> CreateOrderPayload:
        return answer(
            CreateOrderPayload, services.create_order, input.new_order(), idempotency_key=input.idempotency_key
        )

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

    @strawberry.mutation(
        description=(
            "Change the customer, your reference or the metadata of an order that is NEW or PAID, or the notes and "
            "tags of any order. If no value differs, nothing changes."
        )
    )
    def update_order(self, input: Input[UpdateOrderInput]) -> UpdateOrderPayload:
        return answer(UpdateOrderPayload, updates.update_order, changes=input.changes(), **target(input))

    @strawberry.mutation(
        description=(
            "Refund an order's payment, fully or in part. The order's status does not change. The sum of all "
            "refunds never exceeds the payment."
        )
    )
    def refund_order(self, input: Input[RefundOrderInput]) -> RefundOrderPayload:
        given = {"amount": input.amount, "reason": input.reason or ""}
        return answer(RefundOrderPayload, refunds.refund_order, **target(input), **given)
