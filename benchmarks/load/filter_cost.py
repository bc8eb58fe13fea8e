"""Broadcasts events to groups that filter by customer, in a separate process.

``python -m benchmarks.load.filter_cost COUNT EVENTS`` prints the CPU of an event that one of ``COUNT`` groups matches.
The filters, the index and the broadcaster are those of the server; there are no sockets and no database.
"""

import asyncio
import gc
import os
import sys
import time
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import django
import orjson

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from benchmarks.peers.operations import OURS  # noqa: E402
from events.models import Event  # noqa: E402
from graphql_api.live.event_log import EventLog  # noqa: E402
from graphql_api.live.topics import Topic  # noqa: E402
from graphql_api.server import server  # noqa: E402
from graphql_server.context import Context  # noqa: E402
from graphql_server.execution.executor import Operation  # noqa: E402
from graphql_server.live.broadcaster import Broadcaster  # noqa: E402
from graphql_server.live.payloads import Payloads  # noqa: E402
from graphql_server.live.registry import Registry  # noqa: E402
from graphql_server.metrics import NO_OBSERVER  # noqa: E402
from graphql_server.websocket.server_messages import messages_of  # noqa: E402
from graphql_server.websocket.window import Window  # noqa: E402
from orders import event_types  # noqa: E402
from orders.models import Order  # noqa: E402
from orders.search.filters import OneOf  # noqa: E402
from tenants.context import Caller  # noqa: E402
from tenants.values.identifiers import uuid7  # noqa: E402

WARM_EVENTS = 100
HUGE = 1 << 60


class SilentFeed:
    """A feed whose events never come: the benchmark broadcasts by itself."""

    tenant_id = UUID(int=1)
    source = EventLog()
    observer = NO_OBSERVER

    async def follow(self, _: int) -> Any:
        """Wait forever."""
        await asyncio.Event().wait()
        yield


@dataclass(eq=False, slots=True)
class Group:
    """A group with one live member."""

    topic: Topic
    payloads: Payloads
    members: tuple[Any]
    has_layouts: bool = False


def customer_email(number: int) -> str:
    """The address of one of any number of customers."""
    return f"customer-{number}@example.com"


def group_of(number: int, payloads: Payloads, frames: list[bytes]) -> Group:
    """A group with one live member, which follows the orders of one customer and records its frames."""
    topic = Topic(types={event_types.CREATED}, condition=OneOf("customer_email", (customer_email(number),)))
    outbox = SimpleNamespace(put=frames.append, window=Window(HUGE, is_direct=True))
    member = SimpleNamespace(messages=messages_of("1"), outbox=outbox, is_live=True, delivered=0)
    payloads.subscriptions += 1
    return Group(topic, payloads, (member,))


async def payloads_of(text: str) -> Payloads:
    """The payloads of a document, which all groups show."""
    caller = Caller(tenant_id=SilentFeed.tenant_id, scopes=frozenset({"orders:read"}))
    registry = Registry(server.executor, SilentFeed.source, lag_events=1)
    operation = Operation(text)
    prepared = await server.executor.prepare(operation, Context(caller, "", "ws"), free=True)
    assert not isinstance(prepared, dict), prepared
    template = registry.template(prepared.document, operation)
    assert template is not None
    return registry.payloads_of(("all",), template, prepared.document, operation, caller, copy)


def event_of(sequence: int, customer: int) -> Event:
    """The event of a customer's new order."""
    new, order_id = OURS.new(sequence), uuid7()
    order = Order(id=order_id, tenant_id=SilentFeed.tenant_id, total=Decimal("63.90"), currency=new["currency"])
    order.external_reference, order.customer_email = new["externalReference"], customer_email(customer)
    order.remember_lines([])
    return Event(
        tenant_id=SilentFeed.tenant_id,
        sequence=sequence,
        numbered_at=order.created_at,
        type=event_types.CREATED,
        order_id=order_id,
        payload=event_types.payload(order.snapshot()),
    )


async def measure(count: int, events: int) -> dict[str, float]:
    """The CPU of an event of ``events``, in microseconds.

    Raises:
        ValueError: an event did not reach one group.
    """
    frames: list[bytes] = []
    [ask] = OURS.order_created()
    payloads = await payloads_of(ask.query)
    broadcaster = Broadcaster(cast("Any", SilentFeed()), 0, reads_database=False)
    for number in range(count):
        broadcaster.groups.add(cast("Any", group_of(number, payloads, frames)))
    made = [event_of(sequence, sequence * 7919 % count) for sequence in range(1, WARM_EVENTS + events + 1)]
    gc.collect()
    gc.freeze()
    for event in made[:WARM_EVENTS]:
        await broadcaster.broadcast(event)
    frames.clear()
    began = time.process_time()
    for broadcaster.position, event in enumerate(made[WARM_EVENTS:], WARM_EVENTS + 1):
        await broadcaster.broadcast(event)
    cpu = time.process_time() - began
    if len(frames) != events:
        raise ValueError(f"Of {events} events {len(frames)} were delivered.")
    return {"CPU per event": 1e6 * cpu / events}


if __name__ == "__main__":
    print(orjson.dumps(asyncio.run(measure(int(sys.argv[1]), int(sys.argv[2])))).decode())
