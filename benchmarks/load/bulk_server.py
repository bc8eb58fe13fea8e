"""Serves subscriptions to events that come in bulk: ``python -m benchmarks.load.bulk_server PORT CUSTOMERS``.

The sockets, the frames, the filters and the documents are those of the server, behind uvicorn. The events come from
memory, as notifications bring them, so that what is measured is the fan-out alone.

Reads a number of events from its standard input, and prints ``built``; at the next line it sends the events, and prints
``sent``.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

import django
from uvicorn import Config, Server

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from benchmarks.load.filter_cost import event_of  # noqa: E402
from config.serving.web_server import Http  # noqa: E402
from events.models import Event  # noqa: E402
from graphql_api.live.event_log import EventLog  # noqa: E402
from graphql_api.prices import PriceList  # noqa: E402
from graphql_api.schema import schema  # noqa: E402
from graphql_server import GraphQLServer  # noqa: E402
from graphql_server.ports.event_source import Notification  # noqa: E402
from graphql_server.tests.chat.authentication import Authentication  # noqa: E402
from graphql_server.tests.chat.meter import FreeMeter  # noqa: E402
from tenants import memory  # noqa: E402
from tenants.context import Caller  # noqa: E402

EVENTS_OF_A_BATCH, BATCHES_PER_SECOND = 100, 20
TENANT = UUID(int=1)


class BulkLog(EventLog):
    """A log in memory, for one process."""

    def __init__(self, customers: int) -> None:
        self.customers = customers
        self.wires: list[dict[str, Any]] = []
        self.numbered = 0
        self.batches: asyncio.Queue[int] = asyncio.Queue()

    def build(self, count: int) -> None:
        """Make the next events, one of each customer in turn."""
        begin = len(self.wires)
        self.wires += [event_of(n, n % self.customers).to_wire() for n in range(begin + 1, begin + count + 1)]

    async def send(self) -> None:
        """Number the events in batches, and notify of each."""
        while self.numbered < len(self.wires):
            self.numbered = min(self.numbered + EVENTS_OF_A_BATCH, len(self.wires))
            self.batches.put_nowait(self.numbered)
            await asyncio.sleep(1 / BATCHES_PER_SECOND)

    def head(self, tenant_id: UUID) -> int:
        """The number of the last event."""
        return self.numbered

    settle = head

    def read(self, tenant_id: UUID, after: int, *, limit: int, most_bytes: int) -> list[Event]:
        """The events after a number."""
        return [Event.from_wire(tenant_id, wire) for wire in self.wires[after : min(after + limit, self.numbered)]]

    async def notifications(self, tenant_id: UUID) -> AsyncGenerator[Notification | None, None]:
        """A notification for each batch, with its events."""
        yield None
        known = self.numbered
        while True:
            head = await self.batches.get()
            yield Notification(head, [Event.from_wire(tenant_id, wire) for wire in self.wires[known:head]])
            known = head


class OneCaller(Authentication):
    """Every socket is of the same caller."""

    def authenticate_at_once(self, scope: Any, payload: Any) -> Any:
        """The caller."""
        return Caller(tenant_id=TENANT, scopes=frozenset({"orders:read"}))


async def obey(log: BulkLog) -> None:
    """Build and send events as the standard input says, until it ends."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        log.build(int(line))
        print("built", flush=True)
        await loop.run_in_executor(None, sys.stdin.readline)
        await log.send()
        print("sent", flush=True)


async def serve(server: Server, log: BulkLog) -> None:
    """Serve until the standard input ends."""
    serving = asyncio.create_task(server.serve())
    await obey(log)
    server.should_exit = True
    await serving


def main(port: int, customers: int) -> None:
    """Serve on the event loop that uvicorn chooses."""
    log = BulkLog(customers)
    graphql = GraphQLServer(schema, source=log, authenticate=OneCaller(), meter=FreeMeter(), prices=PriceList())
    app: Any = graphql.websocket
    memory.set_for_a_server()
    config = Config(app, port=port, http=Http, lifespan="off", backlog=4096, log_level="warning")
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(serve(Server(config), log))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
