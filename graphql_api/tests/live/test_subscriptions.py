"""Live events: filtered, shown without a statement, and with the cursor of the subscription's position."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from events import cursors
from events.dispatch.numbering import advance
from events.models import Event
from graphql_api.access.context import Context
from graphql_api.ids import global_id
from graphql_api.tests.live.sockets import run_alone
from graphql_server.execution.executor import Operation
from graphql_server.live.stream.feeds import Feeds
from graphql_server.ports.event_source import Expired
from orders import event_types
from orders.models import Order, OrderLine
from orders.states import Status
from tenants.auth.authentication import anonymous, demo_caller
from tenants.values.identifiers import default_tenant_id
from tests.factories import place_order

pytestmark = [pytest.mark.relay_too, pytest.mark.receivers_off_too]

TENANT = default_tenant_id("demo")
OTHER = default_tenant_id("other")


def snapshot(**fields: Any) -> dict[str, Any]:
    """An order with a line, as an event has it; nothing of it is in a database."""
    order = Order(tenant_id=TENANT, currency="EUR", total=25, external_reference="r", **fields)
    line = OrderLine(tenant_id=TENANT, order=order, sku="TEA-1", quantity=2, unit_price=12)
    order._prefetched_objects_cache = {"lines": [line]}
    return order.snapshot()


def event(sequence: int, kind: str, order: dict[str, Any], **changes: tuple[Any, Any]) -> Event:
    """An event as it comes over the channel layer."""
    return Event(
        tenant_id=TENANT,
        sequence=sequence,
        type=kind,
        order_id=uuid.UUID(order["id"]),
        order_version=1,
        payload=event_types.payload(order, changes),
        actor="demo",
    )


CREATED = event(1, event_types.CREATED, snapshot())
PAID = event(2, event_types.PAID, snapshot(status="PAID", version=2), status=("NEW", "PAID"), version=(1, 2))
RUNNING = event(
    3, event_types.PROCESSING, snapshot(processing_status="RUNNING"), processing_status=("PENDING", "RUNNING")
)
CANCELLED = event(4, event_types.CANCELLED, snapshot(status="CANCELLED"), status=("NEW", "CANCELLED"))


@pytest.fixture
def asked_positions(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """A feed of four events; returns the positions from which it was followed."""
    asked: list[int | None] = []

    async def follow(_: Feeds, tenant_id: uuid.UUID, *, after: int | None = None) -> AsyncGenerator[Event, None]:
        assert tenant_id == TENANT
        asked.append(after)
        for one in (CREATED, PAID, RUNNING, CANCELLED):
            yield one

    monkeypatch.setattr(Feeds, "follow", follow)
    return asked


async def subscribe(query: str, variables: dict[str, Any] | None = None, context: Context | None = None) -> Any:
    """A running subscription, or the response that ended it."""
    return await run_alone(Operation(query, variables), context or demo())


def demo() -> Context:
    """The demo caller's context."""
    return Context(caller=demo_caller(), request_id="r-1", transport="ws")


async def sequences(topic: str, variables: dict[str, Any] | None = None, head: str = "") -> list[str]:
    """The sequences of the events that match a topic."""
    stream = await subscribe(f"subscription {head} {{ event: {topic} {{ sequence }} }}", variables)
    return [response["data"]["event"]["sequence"] async for response in stream]


async def test_topics_match_their_events(asked_positions: list[int | None]) -> None:
    assert await sequences("orderCreated") == ["1"]
    assert await sequences("orderChanged") == ["2", "3", "4"]
    assert await sequences("orderEvents") == ["1", "2", "3", "4"]
    assert await sequences("orderEvents(types: [ORDER_PAID, ORDER_PROCESSING])") == ["2", "3"]
    assert await sequences("orderEvents(types: [])") == []
    assert await sequences(f'orderChanged(orderId: "{global_id("Order", PAID.order_id)}")') == ["2"]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("{status: {eq: NEW}}", ["1", "2", "3", "4"]),
        ("{status: {eq: PAID}}", ["2"]),
        ('{AND: [{status: {eq: CANCELLED}}, {total: {gt: "24.99"}}]}', ["4"]),
        ("{NOT: {status: {eq: NEW}}}", ["2", "4"]),
        ('{text: "absent"}', []),
        ('{externalReference: {eq: "r"}}', ["1", "2", "3", "4"]),
    ],
)
async def test_filter_looks_at_the_order_before_and_after(
    asked_positions: list[int | None], where: str, expected: list[str]
) -> None:
    """An order that leaves the filter is sent; an order that was never in it is not."""
    assert await sequences(f"orderEvents(where: {where})") == expected


async def test_event_is_shown_in_full_without_a_query_or_a_thread(
    asked_positions: list[int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """This test may use no database."""
    monkeypatch.setattr("asgiref.sync.SyncToAsync.__call__", None)
    stream = await subscribe(
        """subscription { orderChanged(where: {status: {eq: PAID}}) {
          id type sequence cursor actor occurredAt changedFields
          order { id number externalReference customerEmail customerName currency total { amount currency } status
            availableTransitions processingStatus version metadata createdAt updatedAt paidAt shippedAt deliveredAt
            cancelledAt lines { id sku name quantity unitPrice { amount currency } total { amount } } } } }"""
    )

    response = await anext(stream)

    shown = response["data"]["orderChanged"]
    assert (shown["sequence"], shown["type"], shown["changedFields"]) == ("2", "ORDER_PAID", ["status", "version"])
    assert shown["cursor"] == cursors.encode(TENANT, 2)
    assert (shown["order"]["status"], shown["order"]["availableTransitions"]) == ("PAID", ["SHIPPED", "CANCELLED"])
    assert [line["total"]["amount"] for line in shown["order"]["lines"]] == ["24.00"]
    assert "_batch" not in PAID.__dict__  # All subscribers share it.
    await stream.aclose()


async def test_cursor_is_passed_to_the_feed(asked_positions: list[int | None]) -> None:
    after = cursors.encode(TENANT, 7)

    await sequences("orderEvents(after: $after)", {"after": after}, "($after: String)")
    await sequences("orderEvents")

    assert asked_positions == [7, None]


async def test_context_has_the_position_that_was_reached(asked_positions: list[int | None]) -> None:
    context = demo()
    after = cursors.encode(TENANT, 0)
    stream = await subscribe(
        "subscription ($after: String) { orderEvents(types: [ORDER_PAID], after: $after) { sequence } }",
        {"after": after},
        context,
    )
    assert context.cursor == after

    assert (await anext(stream))["data"]["orderEvents"]["sequence"] == "2"

    assert context.cursor == cursors.encode(TENANT, 1)  # The event itself may not have been sent yet.
    assert [one async for one in stream] == []
    assert context.cursor == cursors.encode(TENANT, 4)  # Also past events that the filter left out.


@pytest.mark.parametrize(
    ("topic", "message"),
    [
        ('orderEvents(after: "garbage")', "The cursor does not belong to this event stream."),
        (f'orderCreated(after: "{cursors.encode(OTHER, 1)}")', "The cursor does not belong to this event stream."),
        ('orderChanged(orderId: "x")', "This is not the id of an object."),
        ('orderCreated(where: {id: {eq: "x"}})', "This is not the id of an object."),
    ],
)
async def test_impossible_subscription_does_not_begin(
    asked_positions: list[int | None], topic: str, message: str
) -> None:
    response = await subscribe(f"subscription {{ {topic} {{ sequence }} }}")

    assert isinstance(response, dict)
    assert [(error["extensions"]["code"], error["message"]) for error in response["errors"]] == [
        ("BAD_USER_INPUT", message)
    ]
    assert asked_positions == []


async def test_anonymous_callers_cannot_subscribe(asked_positions: list[int | None]) -> None:
    response = await subscribe(
        "subscription { orderCreated { sequence } }", context=Context(caller=anonymous(), request_id="r")
    )

    assert [error["extensions"]["code"] for error in response["errors"]] == ["UNAUTHENTICATED"]
    assert asked_positions == []


async def test_expired_cursor_ends_the_subscription_with_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    async def follow(_: Feeds, tenant_id: uuid.UUID, *, after: int | None = None) -> AsyncGenerator[Event, None]:
        yield CREATED
        raise Expired(9)

    monkeypatch.setattr(Feeds, "follow", follow)
    stream = await subscribe("subscription { orderCreated { sequence } }")

    responses = [response async for response in stream]

    assert responses[0] == {"data": {"orderCreated": {"sequence": "1"}}}
    assert responses[1]["errors"][0]["extensions"] == {"code": "CURSOR_EXPIRED", "oldest": cursors.encode(TENANT, 9)}
    assert len(responses) == 2


@pytest.mark.django_db(transaction=True)
async def test_order_reaches_another_callers_subscription_with_its_history() -> None:
    """With the real feed and log; data outside the snapshot is read off the event loop."""
    before = await sync_to_async(advance)(TENANT)
    stream = await subscribe(
        """subscription ($after: String) { orderEvents(types: [ORDER_PAID], after: $after) {
          order { number status events { nodes { type } } } } }""",
        {"after": cursors.encode(TENANT, before)},
    )
    order = await sync_to_async(place_order)(status=Status.PAID)

    async with asyncio.timeout(20):
        response = await anext(stream)

    found = response["data"]["orderEvents"]["order"]
    assert (found["number"], found["status"]) == (order.number, "PAID")
    assert {"type": "ORDER_CREATED"} in found["events"]["nodes"]
    await stream.aclose()
