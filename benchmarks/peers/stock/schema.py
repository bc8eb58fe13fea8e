"""The schema as Strawberry's own guides build it: Django types, the optimizer, ``listen_to_channel``."""

from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any

import strawberry
import strawberry_django
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import transaction
from strawberry_django.optimizer import DjangoOptimizerExtension

from benchmarks.peers.stock import models

GROUP = MESSAGE = "order.created"


@strawberry_django.type(models.OrderLine)
class OrderLine:
    id: strawberry.ID
    sku: str
    name: str
    quantity: int
    unit_price: Decimal


@strawberry_django.type(models.Order)
class Order:
    id: strawberry.ID
    external_reference: str
    customer_email: str
    currency: str
    total: Decimal
    status: str
    lines: list[OrderLine]


@strawberry.type
class CreatedOrder:
    """The order in an event: all of it is in the message, so that no subscriber reads the database."""

    id: strawberry.ID
    external_reference: str
    customer_email: str
    currency: str
    total: str
    status: str


@strawberry.input
class OrderLineInput:
    sku: str
    name: str
    quantity: int
    unit_price: Decimal


@strawberry.input
class CreateOrderInput:
    external_reference: str
    customer_email: str
    currency: str
    lines: list[OrderLineInput]


def place(new: CreateOrderInput) -> models.Order:
    with transaction.atomic():
        order = models.Order.objects.create(
            external_reference=new.external_reference,
            customer_email=new.customer_email,
            currency=new.currency,
            total=sum((line.quantity * line.unit_price for line in new.lines), Decimal(0)),
        )
        models.OrderLine.objects.bulk_create(
            models.OrderLine(
                order=order, sku=line.sku, name=line.name, quantity=line.quantity, unit_price=line.unit_price
            )
            for line in new.lines
        )
    return order


def place_all(orders: list[CreateOrderInput]) -> list[models.Order]:
    with transaction.atomic():
        return [place(new) for new in orders]


@strawberry.type
class Query:
    @strawberry_django.field
    def orders(self, first: int = 50) -> list[Order]:
        return models.Order.objects.order_by("-created_at", "-id")[: min(first, 100)]  # type: ignore[return-value]


async def tell(order: models.Order) -> None:
    told = {
        "id": str(order.pk),
        "external_reference": order.external_reference,
        "customer_email": order.customer_email,
        "currency": order.currency,
        "total": str(order.total),
        "status": order.status,
    }
    await get_channel_layer().group_send(GROUP, {"type": MESSAGE, "order": told})


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def create_order(self, input: CreateOrderInput) -> Order:
        order = await sync_to_async(place)(input)
        await tell(order)
        return order  # type: ignore[return-value]

    @strawberry.mutation
    async def create_orders(self, orders: list[CreateOrderInput]) -> list[Order]:
        placed = await sync_to_async(place_all)(orders)
        for order in placed:
            await tell(order)
        return placed  # type: ignore[return-value]


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def order_created(
        self,
        info: strawberry.Info[dict[str, Any], None],
        total_from: str | None = None,
        customer_email: str | None = None,
    ) -> AsyncGenerator[CreatedOrder, None]:
        consumer = info.context["ws"]
        floor = None if total_from is None else Decimal(total_from)
        async with consumer.listen_to_channel(MESSAGE, groups=[GROUP]) as messages:
            async for message in messages:
                order = CreatedOrder(**message["order"])
                if floor is not None and Decimal(order.total) < floor:
                    continue
                if customer_email in {None, order.customer_email}:
                    yield order


schema = strawberry.Schema(
    query=Query, mutation=Mutation, subscription=Subscription, extensions=[DjangoOptimizerExtension]
)
