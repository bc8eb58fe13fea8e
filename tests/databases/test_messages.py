"""Processes of two versions read each other's messages: those of yesterday, and those of tomorrow."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from channels.layers import get_channel_layer

from events.channel_layer import broadcast, dispatcher_messages
from events.models import Event
from events.receivers import delivery_id
from graphql_api.live.event_log import EventLog
from graphql_api.live.topics import Topic
from graphql_server.ports.event_source import Notification
from orders import event_types, tasks
from orders.receivers.async_tasks import trigger_async_processing
from orders.receivers.notifications import notify_customer

TENANT = uuid4()
SNAPSHOT = {
    "id": str(uuid4()),
    "status": "NEW",
    "currency": "EUR",
    "customer_email": "a@b.c",
    "external_reference": None,
}
PAYLOAD = {"order": SNAPSHOT, "changes": {}, "details": {}}


def event(sequence: int, kind: str = event_types.CREATED) -> Event:
    """An event that was never saved."""
    return Event(
        tenant_id=TENANT, sequence=sequence, type=kind, order_id=uuid4(), order_version=1, payload=PAYLOAD, id=uuid4()
    )


@pytest.mark.parametrize("task", [tasks.process_order_async, tasks.notify_customer_async])
@pytest.mark.parametrize(
    ("positional", "named"),
    [
        (["1", "2"], {}),
        ([], {"deliveries": ["1", "2"]}),
        ([], {"deliveries": ["1", "2"], "priority": 9, "of_tomorrow": {"a": 1}}),
    ],
    ids=["yesterday", "today", "tomorrow"],
)
def test_tasks_take_messages_of_each_version(
    task: Any, positional: list[str], named: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[Sequence[str]] = []
    monkeypatch.setattr(tasks, "run_deliveries", lambda deliveries, work, resend: ran.append(deliveries))

    task(*positional, **named)

    assert ran == [["1", "2"]]


@pytest.mark.parametrize(
    ("send", "task", "receiver"),
    [
        (trigger_async_processing, tasks.process_order_async, "processing"),
        (notify_customer, tasks.notify_customer_async, "notifications"),
    ],
)
def test_messages_name_their_deliveries(send: Any, task: Any, receiver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[tuple[str, ...], dict[str, Any]]] = []
    monkeypatch.setattr(task, "delay", lambda *positional, **named: sent.append((positional, named)))
    events = [event(1), event(2)]

    send(Event, events=events)

    assert sent == [((), {"deliveries": [str(delivery_id(one.id, receiver)) for one in events]})]


def test_fields_of_tomorrow_are_ignored_and_those_that_yesterday_lacks_are_empty() -> None:
    wire = event(7).to_wire()
    del wire["numbered_at"]

    read = Event.from_wire(TENANT, wire | {"of_tomorrow": 1, "payload": PAYLOAD | {"of_tomorrow": 2}})

    assert (read.sequence, read.type, read.numbered_at) == (7, event_types.CREATED, None)
    assert read.payload["of_tomorrow"] == 2


async def test_live_readers_pass_over_messages_of_tomorrow() -> None:
    layer, group = get_channel_layer(), broadcast.group_name(TENANT)
    notifications = EventLog().notifications(TENANT)
    assert await anext(notifications) is None

    await layer.group_send(group, {"type": "events.of_tomorrow", "heads": [9]})
    await layer.group_send(group, broadcast.message([event(9)]) | {"of_tomorrow": 1})
    async with asyncio.timeout(30):
        read = await anext(notifications)
    await notifications.aclose()

    assert isinstance(read, Notification)
    assert (read.head, [one.sequence for one in read.events]) == (9, [9])


async def test_dispatchers_pass_over_messages_of_tomorrow() -> None:
    layer, found, heard = get_channel_layer(), [], asyncio.Event()

    def notified(tenants: Any) -> None:
        found.append(list(tenants))
        heard.set()

    joined = asyncio.Event()
    group_add = layer.group_add

    async def add(*names: str) -> None:
        await group_add(*names)
        joined.set()

    layer.group_add = add
    try:
        listening = asyncio.create_task(dispatcher_messages.receive_notifications(notified))
        async with asyncio.timeout(30):
            await joined.wait()
            group = dispatcher_messages.dispatchers_group()
            await layer.group_send(group, {"type": "dispatchers.of_tomorrow"})
            await layer.group_send(
                group, {"type": dispatcher_messages.NOTIFIED, "tenants": [TENANT.hex], "of_tomorrow": {"urgent": True}}
            )
            await heard.wait()
        listening.cancel()
        await asyncio.wait([listening])
    finally:
        del layer.group_add

    assert found == [[UUID(TENANT.hex)]]


def test_an_event_type_of_tomorrow_matches_no_subscription() -> None:
    assert Topic().matches(event(1))
    assert not Topic().matches(event(1, "order.of_tomorrow"))
