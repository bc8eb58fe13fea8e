"""Orders on Ariadne with psycopg, as in its guides: ``uvicorn server:application``.

It runs in a separate environment, and sends events to its subscribers within its one process, as Node's peers do.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from ariadne import MutationType, QueryType, SubscriptionType, make_executable_schema
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLTransportWSHandler
from starlette.applications import Starlette
from starlette.routing import Mount
from store import Store

TYPES = """
    type OrderLine { sku: String! name: String! quantity: Int! unitPrice: String! }
    type Order {
        id: ID! externalReference: String! customerEmail: String! currency: String! total: String! status: String!
        lines: [OrderLine!]!
    }
    input OrderLineInput { sku: String! name: String! quantity: Int! unitPrice: String! }
    input CreateOrderInput {
        externalReference: String! customerEmail: String! currency: String! lines: [OrderLineInput!]!
    }
    type Query { orders(first: Int = 50): [Order!]! }
    type Mutation {
        createOrder(input: CreateOrderInput!): Order!
        createOrders(orders: [CreateOrderInput!]!): [Order!]!
    }
    type Subscription { orderCreated(totalFrom: String, customerEmail: String): Order! }
"""

Order = dict[str, Any]
query, mutation, subscription = QueryType(), MutationType(), SubscriptionType()
store = Store()
queues: set[asyncio.Queue[Order]] = set()
"""One for each subscriber."""


def publish(order: Order) -> None:
    """Give the order to each subscriber."""
    for queue in queues:
        queue.put_nowait(order)


@query.field("orders")
async def list_orders(_root: object, _info: object, first: int) -> list[Order]:
    return await store.list_orders(first)


@mutation.field("createOrder")
async def create_order(_root: object, _info: object, input: Order) -> Order:
    [order] = await store.create([input])
    publish(order)
    return order


@mutation.field("createOrders")
async def create_orders(_root: object, _info: object, orders: list[Order]) -> list[Order]:
    created = await store.create(orders)
    for order in created:
        publish(order)
    return created


@subscription.source("orderCreated")
async def follow(_root: object, _info: object, **asked: str | None) -> AsyncIterator[Order]:
    total_from, email = asked.get("totalFrom"), asked.get("customerEmail")
    floor = None if total_from is None else Decimal(total_from)
    queue: asyncio.Queue[Order] = asyncio.Queue()
    queues.add(queue)
    try:
        while True:
            order = await queue.get()
            if (floor is None or Decimal(order["total"]) >= floor) and email in {None, order["customerEmail"]}:
                yield order
    finally:
        queues.discard(queue)


@subscription.field("orderCreated")
def show(order: Order, _info: object, **_arguments: object) -> Order:
    return order


@asynccontextmanager
async def lifespan(_application: Starlette) -> AsyncIterator[None]:
    async with store:
        yield


graphql = GraphQL(
    make_executable_schema(TYPES, query, mutation, subscription), websocket_handler=GraphQLTransportWSHandler()
)
application = Starlette(routes=[Mount("/graphql", graphql)], lifespan=lifespan)
