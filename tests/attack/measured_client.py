"""The client beside an attack: it sends trivial queries all the time, places orders, and receives their events.

A query is sent every 50 ms, whether or not the earlier ones were answered; its time runs from the moment at which it
was due. So a stall of four seconds is eighty slow answers, not one.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Self

from benchmarks.load.http_load import Connection, Refused, check_answer, request_of
from benchmarks.load.process_cost import percentile
from benchmarks.load.subscribers import Fleet, numbers_in
from benchmarks.peers.operations import OURS
from tests.attack.attacker import bearer

QUERY = "{ orders(first: 1) { nodes { number } } }"
QUERY_SECONDS, ORDER_SECONDS = 0.05, 0.5
ANSWER_SECONDS = 10.0
LATE_SECONDS = 2.5
"""An event is late if it comes so long after the answer to its order: a lost message costs two seconds."""
KEPT_SECONDS = 2.0
"""Seconds after which an idle connection is not used any more; servers close it after five seconds."""
ADDRESS = "127.0.0.3"
"""Orders of this client, not the attacker's."""
WARM_REQUESTS, WARM_ROUNDS = 16, 6


@dataclass
class Phase:
    """The results of the requests that were due in a period."""

    taken: list[float] = field(default_factory=list)
    """Seconds until each answer; ``ANSWER_SECONDS`` for a missing answer."""
    failures: list[str] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return percentile(self.taken, 0.5)

    @property
    def p95(self) -> float:
        return percentile(self.taken, 0.95)


Step = Callable[[float], Coroutine[None, None, None]]
"""A repeated step; its argument is the time when it was due."""


class MeasuredClient:
    """One client with one token."""

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.query = request_of("/graphql/", bearer(token), QUERY, {})
        self.headers = bearer(token)
        self.phase = Phase()
        self.idle: list[tuple[float, Connection]] = []
        self.next_number = int(time.time() * 1000)
        self.answered: dict[int, float] = {}
        self.fleet = Fleet(port, "/graphql/", {"authorization": self.headers["Authorization"]}, OURS.order_created())
        self.tasks: set[asyncio.Task[None]] = set()

    @classmethod
    @asynccontextmanager
    async def at_work(cls, port: int, token: str) -> AsyncIterator[Self]:
        """A client that has its subscription, has warmed up the server, and runs until the end."""
        client = cls(port, token)
        await client.fleet.open(1)
        for _ in range(WARM_ROUNDS):
            await asyncio.gather(*(client.ask(time.perf_counter()) for _ in range(WARM_REQUESTS)))
            await client.place(time.perf_counter())
        client.phase = Phase()
        work = [asyncio.create_task(client.every(QUERY_SECONDS, client.ask))]
        work.append(asyncio.create_task(client.every(ORDER_SECONDS, client.place)))
        try:
            yield client
        finally:
            for task in (*work, *client.tasks):
                task.cancel()
            await asyncio.gather(*work, *client.tasks, return_exceptions=True)
            for _, connection in client.idle:
                connection.close()
            with suppress(Exception):
                await client.fleet.close()

    async def during(self, work: Awaitable[None]) -> Phase:
        """Await ``work``; return the results of the requests that were due meanwhile, answered or given up."""
        self.phase = phase = Phase()
        before = set(self.tasks)
        await work
        self.phase = Phase()
        if sent := self.tasks - before:
            await asyncio.wait(sent)
        return phase

    async def every(self, seconds: float, step: Step) -> None:
        """Begin ``step`` at this interval, without waiting for the one before."""
        due = time.perf_counter()
        while True:
            task = asyncio.create_task(step(due))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
            due += seconds
            await asyncio.sleep(max(0.0, due - time.perf_counter()))

    async def ask(self, due: float) -> None:
        """A trivial query."""
        phase = self.phase
        problem = await self.request(self.query)
        phase.taken.append(min(ANSWER_SECONDS, time.perf_counter() - due) if not problem else ANSWER_SECONDS)
        if problem:
            phase.failures.append(problem)

    async def place(self, _: float) -> None:
        """Place an order whose event the subscription has to receive."""
        phase = self.phase
        number, self.next_number = self.next_number, self.next_number + 1
        request = request_of("/graphql/", self.headers, OURS.create_order, OURS.order(number))
        if problem := await self.request(request):
            phase.failures.append(f"createOrder: {problem}")
        else:
            self.answered[number] = time.perf_counter()

    async def request(self, request: bytes) -> str:
        """Send a request on a free connection; return why it failed, or nothing."""
        connection: Connection | None = None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                connection = self.idle_connection() or await self.new_connection()
                check_answer(await connection.send(request))
        except (OSError, Refused) as error:
            if connection is not None:
                connection.close()
            return "no answer" if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}"[:200]
        self.idle.append((time.monotonic(), connection))
        return ""

    def idle_connection(self) -> Connection | None:
        """The most recently used connection, if it is still usable."""
        while self.idle:
            since, connection = self.idle.pop()
            transport = connection.transport
            if time.monotonic() - since < KEPT_SECONDS and transport is not None and not transport.is_closing():
                return connection
            connection.close()
        return None

    async def new_connection(self) -> Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, "127.0.0.1", self.port, local_addr=(ADDRESS, 0))
        return connection

    def missed_and_late(self, since: float, until: float) -> tuple[int, int]:
        """For the orders answered between these times: how many events did not come, and how many came late."""
        payloads = self.fleet.subscribers[0].received
        numbers = numbers_in([text for _, text in payloads])
        came = {number: when for number, (when, _) in zip(numbers, payloads, strict=True)}
        due = {number: when for number, when in self.answered.items() if since <= when <= until}
        missed = [number for number in due if number not in came]
        late = [number for number, when in due.items() if number in came and came[number] - when > LATE_SECONDS]
        return len(missed), len(late)
