"""What an attacker has: where the server is, the credentials it may use, and how long it may go on.

An attack is a coroutine function that takes a :class:`Attacker`. It runs in a process of its own
(:mod:`tests.attack.attacker_process`), so that its work does not slow down the client whose answers are timed.
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
    """The server has ended a line, which has noted how."""


@dataclass
class Attacker:
    """One attacker. ``told`` counts what the server answered: codes, statuses, ``served``, ``cut`` and ``kept``."""

    port: int
    pid: int
    seconds: float
    read_token: str
    """Of the attacking tenant, with ``orders:read`` alone."""
    write_token: str
    other_port: int = 0
    """Of a second web process on the same database, where the attack has one."""
    told: Counter[str] = field(default_factory=Counter)
    harms: list[str] = field(default_factory=list)
    """What it saw itself of the harm that it did."""
    deadline: float = 0.0
    first_number: int = field(default_factory=lambda: int(time.time() * 1000))
    """Of the orders that it places: no run has placed them before."""

    def begin(self) -> None:
        """The time runs from now on."""
        self.deadline = time.monotonic() + self.seconds

    @property
    def left(self) -> float:
        """Seconds until the attack is to end."""
        return max(0.0, self.deadline - time.monotonic())

    @property
    def goes_on(self) -> bool:
        return self.left > 0

    async def all_of(self, *works: Awaitable[None], patience: float = 0.0) -> None:
        """Do all of these until each ends by itself, or so many seconds after the time is over.

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
            pass  # The line has noted why.
        except OSError:
            self.told[CUT] += 1

    async def paced(self, per_second: float, step: Callable[[int], Awaitable[object]], patience: float = 0.0) -> None:
        """Call ``step`` with 0, 1, 2 … so many times a second until the time is over; late ones follow at once."""
        began = time.monotonic()
        number = 0
        while time.monotonic() < self.deadline + patience:
            await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
            await step(number)
            number += 1

    def open_on_the_server(self) -> int:
        """How many TCP connections the web process has, to its port, that are not closed."""
        connections = psutil.Process(self.pid).net_connections("tcp")
        return sum(one.status == psutil.CONN_ESTABLISHED and one.laddr.port == self.port for one in connections)

    async def order(self, connection: Connection, number: int) -> None:
        """Place an order in the attacking tenant."""
        variables = OURS.order(self.first_number + number)
        await self.post(connection, {"query": OURS.create_order, "variables": variables}, self.write_token)

    def note_answer(self, body: bytes) -> None:
        """Count the codes in an answer, or that it was served."""
        codes = {code.decode() for code in CODE.findall(body)}
        self.told.update(codes or {SERVED})

    async def post(self, connection: Connection, body: Mapping[str, Any], token: str = "") -> bytes:
        """One GraphQL request by POST, of which the answer is noted; empty where it was refused."""
        request = request_of("/graphql/", bearer(token), body["query"], body.get("variables", {}))
        return await self.send(connection, request)

    async def send(self, connection: Connection, request: bytes) -> bytes:
        """A request as it is, of which the answer is noted; empty where it was refused."""
        try:
            answer = await connection.send(request)
        except Refused as refused:
            self.note_refusal(str(refused))
            return b""
        self.note_answer(answer)
        return answer

    def note_refusal(self, refusal: str) -> None:
        """Count the status of a refusal; 429 and 4xx with a code by the code too."""
        status = STATUS.match(refusal)
        self.told.update([status[1] if status else refusal])
        self.told.update({code.decode() for code in CODE.findall(refusal.encode())})


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token; none for an anonymous caller."""
    return {"Authorization": f"Bearer {token}"} if token else {}
