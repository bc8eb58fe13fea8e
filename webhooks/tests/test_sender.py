"""The sender, with real threads and a real consumer: nothing is lost or overtakes, and no endpoint delays another."""

import itertools
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.dispatch import ledger
from events.dispatch.dispatcher import Dispatcher
from events.dispatch.inline import settle
from events.models import Delivery, Event
from events.receivers import FAMILIES
from orders import services as orders
from orders.states import Status
from tests.factories import place_order
from tests.servers.processes import wait_until
from webhooks import sender, services
from webhooks.models import FAMILY, Attempt, Endpoint
from webhooks.tests.consumer import Answers, Consumer, Request, consumer
from webhooks.tests.endpoints import deliveries_to, endpoint, statuses

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases, pytest.mark.receivers]
SECONDS = 60
TYPES = ["order.created", "order.paid", "order.shipped", "order.delivered"]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    """Short pauses, and a dispatcher as in production."""
    monkeypatch.setattr(ledger, "BACKOFF_SECONDS", 0.02)
    monkeypatch.setattr(sender, "POLL_SECONDS", 0.05)
    monkeypatch.setitem(FAMILIES, FAMILY, replace(FAMILIES[FAMILY], longest_pause_seconds=0.1))
    settings.EVENTS_DISPATCH = "dispatcher"
    settings.ORDERS_PROCESSING_STEPS = []


@pytest.fixture
def dispatcher() -> Iterator[Dispatcher]:
    """A running dispatcher, with its sender."""
    running = Dispatcher()
    running.start()
    yield running
    running.stop(seconds=30)
    connection.close()


def wait_for(made: Endpoint, count: int, *, status: str = "SUCCEEDED") -> None:
    """Wait until so many deliveries to the endpoint have this status."""
    until = time.monotonic() + SECONDS
    while Delivery.objects.filter(receiver=made.receiver, status=status).count() < count:
        if time.monotonic() > until:
            pytest.fail(f"{Counter(statuses(made))} after {SECONDS} seconds")
        time.sleep(0.05)


def deliver(count: int) -> None:
    """Place so many orders, of four events each."""
    for _ in range(count):
        order = place_order(status=Status.PAID)
        orders.ship_order(order.pk)
        orders.deliver_order(order.pk)


def test_200_events_to_a_consumer_that_fails_one_time_in_three_and_is_killed_twice(dispatcher: Dispatcher) -> None:
    """Each event arrives, each id once after repeats are folded, and those of an order in their order."""
    lot = random.Random(14)
    handled: dict[str, tuple[str, int]] = {}
    failed = 0

    def handle(request: Request) -> int | None:
        nonlocal failed
        if lot.random() < 1 / 3:
            failed += 1
            return lot.choice([500, 503, None])
        handled.setdefault(request.id, (request.json["subject"], int(request.json["sequence"])))
        # An answer may be lost after the work was done: the same id comes again.
        return None if lot.random() < 0.1 else 204

    first = Consumer(handle)
    with first:
        made = endpoint(first.url, event_types=TYPES)
        deliver(25)
        wait_for(made, 20)
    deliver(15)
    with Consumer(handle, port=first.port) as second:
        wait_for(made, 120)
    deliver(10)
    with Consumer(handle, port=first.port) as third:
        wait_for(made, 200)
    got = [*first.requests, *second.requests, *third.requests]

    wanted = {str(one.pk): (str(one.order_id), one.sequence) for one in deliveries_to(made)}
    assert handled == wanted
    assert len(wanted) == Event.objects.filter(type__in=TYPES).count() == 200
    assert failed > 50
    assert len(got) > len({request.id for request in got}), "no id came twice"
    order_of: dict[str, list[int]] = defaultdict(list)
    for order_id, sequence in handled.values():  # As they were first handled.
        order_of[order_id].append(sequence)
    assert all(sequences == sorted(sequences) for sequences in order_of.values())
    assert Attempt.objects.filter(outcome="DELIVERED").count() >= len(wanted)


def test_a_slow_endpoint_delays_no_other(dispatcher: Dispatcher) -> None:
    release = threading.Event()

    def slow(request: Request) -> int:
        release.wait(30)
        return 204

    with consumer(slow) as asleep, consumer() as awake:
        late, quick = (endpoint(one.url, event_types=["order.created"]) for one in (asleep, awake))
        try:
            for _ in range(30):
                place_order()
            wait_for(quick, 30)
            assert statuses(late).count("SUCCEEDED") == 0
            assert len(asleep.requests) <= sender.OF_AN_ENDPOINT
        finally:
            release.set()
        wait_for(late, 30)


def test_endpoints_that_fail_share_half_of_the_threads(dispatcher: Dispatcher, settings: LazySettings) -> None:
    settings.WEBHOOKS_THREADS = 4
    one = sender.Sender()
    made = [Endpoint(url=f"https://{number}.example.com/") for number in range(4)]
    assert one.room(made[0]) == 4

    one.failing = {each.receiver: 0.0 for each in made[:3]}
    assert one.room(made[0]) == 1
    one.running = {threading.Thread(): made[0], threading.Thread(): made[1]}

    assert (one.room(made[2]), one.room(made[3])) == (0, 2)


def test_an_endpoint_that_asks_for_a_pause_gets_no_other_event_meanwhile() -> None:
    one = sender.Sender()
    with consumer(lambda request: Answers(503, {"retry-after": "60"})) as running:
        made = endpoint(running.url, event_types=["order.created"])
        for _ in range(3):
            place_order()
        settle()
        assert one.turn() == 3
        for thread in list(one.running):
            thread.join()
        place_order()
        settle()
        assert one.turn() == 0
        assert len(running.requests) == 3

        one.failing[made.receiver] = time.monotonic() - 1
        assert one.turn() == 1
        for thread in list(one.running):  # It may have ended already.
            thread.join()


def test_a_pause_that_an_endpoint_asked_for_is_kept_when_another_attempt_fails_later() -> None:
    one = sender.Sender()
    numbers = itertools.count()

    def answer(request: Request) -> Answers:
        if next(numbers) == 0:
            return Answers(503, {"retry-after": "60"})
        wait_until(lambda: bool(one.failing), timeout_seconds=SECONDS, what="the first answer")
        return Answers(500)

    with consumer(answer) as running:
        made = endpoint(running.url, event_types=["order.created"])
        for _ in range(2):
            place_order()
        settle()
        assert one.turn() == 2
        for thread in list(one.running):
            thread.join()

    assert len(running.requests) == 2
    assert one.failing[made.receiver] > time.monotonic() + 30


def test_a_sender_without_a_free_thread_reads_nothing(settings: LazySettings) -> None:
    settings.WEBHOOKS_THREADS = 2
    one = sender.Sender()
    one.running = {threading.Thread(): Endpoint(url="https://example.com/") for _ in range(2)}

    with CaptureQueriesContext(connection) as captured:
        assert one.turn() == 0

    assert not captured.captured_queries


def test_requests_to_one_host_are_bounded_across_endpoints() -> None:
    one = sender.Sender()
    same = [Endpoint(url=f"https://hooks.example.com/{number}") for number in range(3)]
    one.running = {threading.Thread(): same[number % 2] for number in range(7)}

    assert one.room(same[2]) == 1
    assert one.room(Endpoint(url="https://other.example.com/")) == sender.OF_AN_ENDPOINT


def test_deliveries_of_a_disabled_endpoint_are_skipped(dispatcher: Dispatcher) -> None:
    with consumer(lambda request: 410) as running:
        made = endpoint(running.url, event_types=["order.created"])
        place_order()
        wait_for(made, 1, status="SKIPPED")

    assert not services.endpoints().get().enabled


def test_an_attempt_that_ended_without_an_outcome_is_made_again(dispatcher: Dispatcher) -> None:
    """The process died between the request and its record."""
    with consumer() as running:
        made = endpoint(running.url, event_types=["order.created"])
        place_order()
        wait_for(made, 1)
        Delivery.objects.filter(receiver=made.receiver).update(status="RUNNING", attempts=1)
        wait_for(made, 1)
        assert len(running.ids) == 2
        assert len(set(running.ids)) == 1


def test_the_sender_ends_with_its_dispatcher_and_waits_for_what_runs() -> None:
    running = Dispatcher()
    running.start()
    with consumer(lambda request: 204 if running.stopping.wait(SECONDS) else 500) as slow:
        made = endpoint(slow.url, event_types=["order.created"])
        place_order()
        while not slow.requests:
            time.sleep(0.01)
        running.stop(seconds=30)

    assert statuses(made) == ["SUCCEEDED"]
