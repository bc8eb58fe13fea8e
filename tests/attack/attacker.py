"""An attacker's means: the address of the server, the credentials, and the time.

An attack is a coroutine function that takes a :class:`Attacker`. It runs in its own process
(:mod:`tests.attack.attacker_process`), so its work does not slow down the client whose answers are timed.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psutil

from benchmarks.load.http_load import Connection, Refused, request_of
from benchmarks.peers.operations import OURS

CODE = re.compile(rb'"code":\s*"([A-Z_]+)"')
STATUS = re.compile(r"HTTP (\d+)")
SERVED, CUT, KEPT = "served", "cut", "kept"


class HungUp(ConnectionResetError):
    """The server has closed a connection, which has recorded how."""


@dataclass
class Attacker:
    """One attacker. ``answer_counts`` counts answers: codes, statuses, ``served``, ``cut`` and ``kept``."""

    port: int
    pid: int
    seconds: float
    read_token: str
    """A token of the attacking tenant, with ``orders:read`` alone."""
    write_token: str
    other_port: int = 0
    """The port of a second web process on the same database, if the attack has one."""
    answer_counts: Counter[str] = field(default_factory=Counter)
    harms: list[str] = field(default_factory=list)
    """The harm that the attacker itself measured."""
    deadline: float = 0.0
    first_number: int = field(default_factory=lambda: int(time.time() * 1000))
    """The prefix of the orders that it places: no earlier run has used it."""

    def begin(self) -> None:
        """Start the clock."""
        self.deadline = time.monotonic() + self.seconds

    @property
    def left(self) -> float:
        """Seconds until the attack has to end."""
        return max(0.0, self.deadline - time.monotonic())

    @property
    def goes_on(self) -> bool:
        return self.left > 0

    async def all_of(self, *works: Awaitable[None], patience: float = 0.0) -> None:
        """Run all coroutines until each ends by itself, or until ``patience`` seconds after the attack's time.

        A lost connection ends one of them.
        """
        tasks = [asyncio.ensure_future(self._noting_a_cut(work)) for work in works]
        _, late = await asyncio.wait(tasks, timeout=self.left + patience)
        for task in late:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome

    async def _noting_a_cut(self, work: Awaitable[None]) -> None:
        try:
            await work
        except HungUp:
            pass  # The connection has recorded why.
        except OSError:
            self.answer_counts[CUT] += 1

    async def paced(self, per_second: float, step: Callable[[int], Awaitable[object]], patience: float = 0.0) -> None:
        """Call ``step`` with 0, 1, 2 … so many times a second until the end; late calls follow immediately."""
        began = time.monotonic()
        number = 0
        while time.monotonic() < self.deadline + patience:
            await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
            await step(number)
            number += 1

    def open_on_the_server(self) -> int:
        """The number of open TCP connections at the web process's port."""
        connections = psutil.Process(self.pid).net_connections("tcp")
        return sum(one.status == psutil.CONN_ESTABLISHED and one.laddr.port == self.port for one in connections)

    async def order(self, connection: Connection, number: int) -> None:
        """Place an order in the attacking tenant."""
        variables = OURS.order(self.first_number + number)
        await self.post(connection, {"query": OURS.create_order, "variables": variables}, self.write_token)

    def note_answer(self, body: bytes) -> None:
        """Count the codes in an answer, or that it was served."""
        codes = {code.decode() for code in CODE.findall(body)}
        self.answer_counts.update(codes or {SERVED})

    async def post(self, connection: Connection, body: Mapping[str, Any], token: str = "") -> bytes:
        """Send a GraphQL request by POST and count its answer; returns an empty map if it was refused."""
        request = request_of("/graphql/", bearer(token), body["query"], body.get("variables", {}))
        return await self.send(connection, request)

    async def send(self, connection: Connection, request: bytes) -> bytes:
        """Send a raw request and count its answer; returns an empty map if it was refused."""
        try:
            answer = await connection.send(request)
        except Refused as refused:
            self.note_refusal(str(refused))
            return b""
        self.note_answer(answer)
        return answer

    def note_refusal(self, refusal: str) -> None:
        """Count the status of a refusal; 429 and 4xx with a code also by the code."""
        status = STATUS.match(refusal)
        self.answer_counts.update([status[1] if status else refusal])
        self.answer_counts.update({code.decode() for code in CODE.findall(refusal.encode())})


def bearer(token: str) -> dict[str, str]:
    """The header with a token; no header for an anonymous caller."""
    return {"Authorization": f"Bearer {token}"} if token else {}
