"""A scenario: clients order, something is killed, and afterwards everything must be as if nothing had happened."""

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
from tests.faults.deployment import POOL_PROCESSES, Deployment
from tests.faults.receivers import POISON, UNLUCKY
from tests.faults.traffic import Traffic

SOON_SECONDS = 5.0
"""After a restart, all effects are there within this time."""
SLOWER = 3
"""On a busy machine each may take this many times longer than with no kill, at the same moment."""
ATTEMPTS = """
SELECT d.attempts, count(*) FROM events_delivery d JOIN orders_order o ON o.id = d.order_id
WHERE o.customer_email LIKE %(like)s AND d.receiver = %(receiver)s GROUP BY 1 ORDER BY 1
"""


class Scenario:
    """One scenario, and its report."""

    def __init__(self, deployment: Deployment, name: str, *, seed: str) -> None:
        self.deployment, self.name, self.seed = deployment, name, seed
        self.dice = random.Random(seed)
        self.lines: list[str] = []

    @contextmanager
    def traffic(self, *, faults: int, failing: bool = False) -> Iterator[Traffic]:
        """Clients order while the block lasts; then wait for all effects and check all conditions.

        ``faults`` are the kills and freezes, each of which may repeat the POOL_PROCESSES tasks that run at that moment.
        If ``failing``, receivers always fail for the first client's orders, and one time in three for the others'.
        """
        prefixes = (POISON, UNLUCKY) if failing else ("", "")
        first = self.deployment.head() + 1
        backlog = self.deployment.backlog
        with Traffic(self.deployment.shop, self.name, seed=self.seed, prefixes=prefixes, backlog=backlog) as traffic:
            yield traffic
            traffic.close()
            began = time.monotonic()
            self.deployment.settle()
            head, settled = self.deployment.head(), time.monotonic()
            traffic.see(head)
            seen = time.monotonic() - settled
            self.add_to_report(f"all effects {settled - began:.1f} s after the last order, and seen {seen:.1f} s later")
        self.check(traffic, first=first, head=head, faults=faults, poison=prefixes[0])

    def check(self, traffic: Traffic, *, first: int, head: int, faults: int, poison: str) -> None:
        """Check all conditions."""
        repeated = repeated_mails(self.deployment, self.name)
        self.add_to_report(
            f"{traffic.orders} orders, {head - first + 1} events, {faults} kills and freezes, {repeated} mails repeated"
        )
        self.add_to_report(
            f"answers lost: {dict(traffic.lost)}; the dashboard's sockets: {dict(traffic.dashboard.cuts)}"
        )
        assert_each_effect_once(self.deployment, traffic, self.name, poison=poison)
        assert_seen_once_and_in_order(traffic, first=first, head=head)
        assert_logs_are_whole(self.deployment)
        assert repeated <= faults * POOL_PROCESSES

    def attempts(self, receiver: str) -> Counter[int]:
        """How many attempts of a receiver how many orders took."""
        rows = self.deployment.rows(ATTEMPTS, like=f"%{self.name}-%", receiver=receiver)
        return Counter({int(attempts): number for attempts, number in rows})

    def add_to_report(self, line: str) -> None:
        """Add this to the scenario's report."""
        self.lines.append(line)

    def wait_at_random(self, traffic: Traffic) -> None:
        """Let a random number of orders pass, and then a random time."""
        traffic.place(self.dice.randint(2, 6))
        time.sleep(self.dice.uniform(0, 0.1))

    def kill_and_restart(self, traffic: Traffic, name: str, *, lease_seconds: float = 0) -> None:
        """Kill a process or server, start it again, and wait until everything committed before has all its effects.

        They must be there soon: at the latest when the lease of the running deliveries (``lease_seconds``) is over too.
        """
        traffic.place(1)
        usual, calm = max(self.deployment.unfinished(), 1), self.seconds_to_settle()
        self.wait_at_random(traffic)
        self.deployment.kill(name)
        time.sleep(self.dice.uniform(0, 0.5))
        self.deployment.start(name)
        left, took = self.deployment.unfinished(), self.seconds_to_settle()
        self.add_to_report(
            f"{name} killed: {left} effects to come, all there {took:.1f} s after its restart "
            f"(before: {usual} in {calm:.1f} s)"
        )
        assert took <= lease_seconds + max(SOON_SECONDS, SLOWER * calm * max(1, left / usual))

    def seconds_to_settle(self) -> float:
        """How long it takes until everything committed by now has all its effects."""
        last, began = self.deployment.last_event(), time.monotonic()
        self.deployment.settle(up_to=last)
        return time.monotonic() - began
