"""Tasks that come twice, and tasks that fail."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.faults.scenes import Scene
from tests.faults.steps import POISON
from tests.faults.town import Town

pytestmark = pytest.mark.e2e
TASKS = {"processing": "orders.tasks.process_order_async", "notifications": "orders.tasks.notify_customer_async"}
STEP = "orders.risk.check_risk"
OPENED = "SELECT id::text, receiver FROM events_delivery WHERE receiver = ANY(%(receivers)s)"


class Repeater:
    """Sends the task of each delivery again, as soon as the delivery is there."""

    def __init__(self, town: Town) -> None:
        self.town, self.sender = town, town.broker.sender()
        self.sent: dict[str, str] = {}
        self.done = {delivery for delivery, _ in self.opened()}

    def opened(self) -> list[tuple[str, str]]:
        """All deliveries that are tasks."""
        with psycopg.connect(self.town.postgres.url) as connection:
            rows = connection.execute(OPENED, {"receivers": [*TASKS]}).fetchall()
        return [(str(delivery), str(receiver)) for delivery, receiver in rows]

    def repeat(self) -> None:
        """Send once more what is new."""
        for delivery, receiver in self.opened():
            if delivery not in self.done | self.sent.keys():
                self.sent[delivery] = receiver
                self.send(delivery, receiver)

    def send(self, delivery: str, receiver: str) -> None:
        """Send a task by hand."""
        self.sender.send_task(TASKS[receiver], args=[delivery])

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Repeat all the time, and once more in the end."""
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


def test_every_task_is_delivered_twice_at_once_and_again_when_it_is_done(scene: Scene) -> None:
    repeater = Repeater(scene.town)
    with scene.crowd(faults=0) as crowd:
        with repeater.at_work():
            crowd.place(10)
            scene.town.settle(timeout_seconds=60, up_to=scene.town.last_event())
        for delivery, receiver in repeater.sent.items():
            repeater.send(delivery, receiver)
        crowd.place(4)  # Their tasks come after the repeats.
    repeater.sender.close()
    scene.tell(f"{2 * len(repeater.sent)} messages repeated")
    assert len(repeater.sent) >= 2 * 10


@pytest.mark.parametrize("repetition", ["always", "one time in three"])
def test_step_raises(scene: Scene, repetition: str) -> None:
    always = repetition == "always"
    step = "tests.faults.steps." + ("raise_always" if always else "raise_one_time_in_three")
    changes = {"ORDERS_PROCESSING_STEPS": f"{STEP},{step}", "FAULTS_MAX_ATTEMPTS": "3" if always else "20"}
    with scene.town.changed("worker", "relay", **changes):
        with scene.crowd(faults=0, poison=POISON if always else "") as crowd:
            crowd.place(10)
        attempts = scene.attempts("processing")
        scene.tell(f"processing took this many attempts of so many orders: {attempts}")
    assert max(attempts) == 3 if always else max(attempts) > 1
