"""A scenario: a crowd orders, something dies, and afterwards all must be as if nothing had."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.checks import (
    assert_each_effect_once,
    assert_logs_are_whole,
    assert_seen_once_and_in_order,
    repeated_mails,
)
from tests.faults.crowd import Crowd
from tests.faults.town import POOL_PROCESSES, Town

SOON_SECONDS = 5.0
"""After a restart, all effects are there within this time."""
SLOWER = 3
"""On a busy machine each may take this many times longer than with nothing killed, at the same moment."""
ATTEMPTS = """
SELECT d.attempts, count(*) FROM events_delivery d JOIN orders_order o ON o.id = d.order_id
WHERE o.customer_email LIKE %(like)s AND d.receiver = %(receiver)s GROUP BY 1 ORDER BY 1
"""


class Scene:
    """One scenario, and what is to be told of it."""

    def __init__(self, town: Town, name: str, *, seed: str) -> None:
        self.town, self.name, self.seed = town, name, seed
        self.dice = random.Random(seed)
        self.told: list[str] = []

    @contextmanager
    def crowd(self, *, faults: int, poison: str = "") -> Iterator[Crowd]:
        """Clients order while the block lasts; then wait for all effects and check all that must be true.

        ``faults`` are the kills and freezes that may each have a task in hand at POOL_PROCESSES processes repeated.
        """
        first = self.town.head() + 1
        backlog = self.town.backlog
        with Crowd(self.town.shop, self.name, seed=self.seed, poison=poison, backlog=backlog) as crowd:
            yield crowd
            crowd.close()
            began = time.monotonic()
            self.town.settle()
            head, settled = self.town.head(), time.monotonic()
            crowd.see(head)
            seen = time.monotonic() - settled
            self.tell(f"all effects {settled - began:.1f} s after the last order, and seen {seen:.1f} s later")
        self.check(crowd, first=first, head=head, faults=faults, poison=poison)

    def check(self, crowd: Crowd, *, first: int, head: int, faults: int, poison: str) -> None:
        """All that must be true."""
        repeated = repeated_mails(self.town, self.name)
        self.tell(
            f"{crowd.orders} orders, {head - first + 1} events, {faults} kills and freezes, {repeated} mails repeated"
        )
        self.tell(f"answers lost: {dict(crowd.lost)}; the dashboard's sockets: {dict(crowd.dashboard.cuts)}")
        assert_each_effect_once(self.town, crowd, self.name, poison=poison)
        assert_seen_once_and_in_order(crowd, first=first, head=head)
        assert_logs_are_whole(self.town)
        assert repeated <= faults * POOL_PROCESSES

    def attempts(self, receiver: str) -> Counter[int]:
        """How many attempts of a receiver how many orders took."""
        rows = self.town.rows(ATTEMPTS, like=f"%{self.name}-%", receiver=receiver)
        return Counter({int(attempts): number for attempts, number in rows})

    def tell(self, line: str) -> None:
        """Say this in the scenario's lines."""
        self.told.append(line)

    def wait_at_random(self, crowd: Crowd) -> None:
        """Let a random number of orders pass, and then a random moment."""
        crowd.place(self.dice.randint(2, 6))
        time.sleep(self.dice.uniform(0, 0.1))

    def kill_and_restart(self, crowd: Crowd, name: str, *, lease_seconds: float = 0) -> None:
        """Kill a process or server, start it again, and wait until what had committed before has all its effects.

        They must be there soon: at the latest when the lease of what was under way (``lease_seconds``) is over too.
        """
        crowd.place(1)
        usual, calm = max(self.town.unfinished(), 1), self.seconds_to_settle()
        self.wait_at_random(crowd)
        self.town.kill(name)
        time.sleep(self.dice.uniform(0, 0.5))
        self.town.start(name)
        left, took = self.town.unfinished(), self.seconds_to_settle()
        self.tell(
            f"{name} killed: {left} effects to come, all there {took:.1f} s after its restart "
            f"(before: {usual} in {calm:.1f} s)"
        )
        assert took <= lease_seconds + max(SOON_SECONDS, SLOWER * calm * max(1, left / usual))

    def seconds_to_settle(self) -> float:
        """How long it takes until what has committed by now has all its effects."""
        last, began = self.town.last_event(), time.monotonic()
        self.town.settle(up_to=last)
        return time.monotonic() - began
