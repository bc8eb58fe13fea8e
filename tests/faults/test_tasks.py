"""Tasks that are delivered twice, and tasks that fail."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.faults.deployment import MAX_ATTEMPTS, Deployment
from tests.faults.forms import FORM
from tests.faults.scenarios import Scenario

pytestmark = pytest.mark.e2e
TASKS = {"processing": "orders.tasks.process_order_async", "notifications": "orders.tasks.notify_customer_async"}
OPENED = "SELECT id::text, receiver FROM events_delivery WHERE receiver = ANY(%(receivers)s)"


class Repeater:
    """Sends the task of each delivery again, as soon as the delivery is there."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment, self.sender = deployment, deployment.broker.sender()
        self.sent: dict[str, str] = {}
        self.done = {delivery for delivery, _ in self.opened()}

    def opened(self) -> list[tuple[str, str]]:
        """All deliveries that are tasks."""
        with psycopg.connect(self.deployment.postgres.url) as connection:
            rows = connection.execute(OPENED, {"receivers": [*TASKS]}).fetchall()
        return [(str(delivery), str(receiver)) for delivery, receiver in rows]

    def repeat(self) -> None:
        """Send new tasks once more."""
        for delivery, receiver in self.opened():
            if delivery not in self.done | self.sent.keys():
                self.sent[delivery] = receiver
                self.send(delivery, receiver)

    def send(self, delivery: str, receiver: str) -> None:
        """Send a task."""
        self.sender.send_task(TASKS[receiver], args=[delivery])

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Repeat all the time, and once more at the end."""
        over = threading.Event()

        def work() -> None:
            while not over.wait(0.05):
                self.repeat()

        thread = threading.Thread(target=work, name="repeater")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        self.repeat()


def test_every_task_is_delivered_twice_and_again_after_it_is_done(scenario: Scenario) -> None:
    repeater = Repeater(scenario.deployment)
    with scenario.traffic(faults=0) as traffic:
        with repeater.at_work():
            traffic.place(10)
            scenario.deployment.settle(up_to=scenario.deployment.last_event())
        for delivery, receiver in repeater.sent.items():
            repeater.send(delivery, receiver)
        traffic.place(4)  # Their tasks come after the repeats.
    repeater.sender.close()
    scenario.add_to_report(f"{2 * len(repeater.sent)} messages repeated")
    assert len(repeater.sent) >= 2 * 10


def test_worker_is_frozen_for_longer_than_a_lease_replaced_and_thawed(scenario: Scenario) -> None:
    """Another worker of the same name does the frozen worker's tasks; the late results are ignored."""
    deployment = scenario.deployment
    with scenario.traffic(faults=1) as traffic:
        scenario.wait_at_random(traffic)
        deployment.freeze("worker")
        began = time.monotonic()
        try:
            deployment.start("second-worker")
            traffic.place(2)
            scenario.add_to_report(
                f"a worker frozen and replaced: all effects {scenario.seconds_to_settle():.1f} s after that"
            )
            time.sleep(max(0, FORM.lease_seconds + 1 - (time.monotonic() - began)))
            deployment.thaw("worker")
            traffic.place(4)
            deployment.stop("second-worker")
        finally:
            deployment.kill("second-worker")


def test_receivers_raise_always_and_one_time_in_three(scenario: Scenario) -> None:
    """Processing: always for one client's orders, which end DEAD and delay no other. Audit: after its effect."""
    with scenario.traffic(faults=0, failing=True) as traffic:
        traffic.place(20)
    attempts = {receiver: scenario.attempts(receiver) for receiver in ("processing", "audit")}
    for receiver, counts in attempts.items():
        scenario.add_to_report(f"{receiver}, orders by attempts: {dict(counts)}")
    assert max(attempts["processing"]) == MAX_ATTEMPTS
    assert max(attempts["audit"]) > 1
