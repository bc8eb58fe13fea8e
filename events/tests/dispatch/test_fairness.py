"""One tenant's failing or waiting work does not stop the work of the others, nor one receiver's that of another."""

import time
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone
from prometheus_client import REGISTRY

from events import log, retention
from events.dispatch import backoff as pauses
from events.dispatch import ledger, numbering, rotation, task_runner
from events.dispatch.backoff import Backoff, backoff
from events.dispatch.dispatcher import Dispatcher
from events.dispatch.inline import settle
from events.dispatch.rotation import Rotation
from events.log import NewEvent
from events.models import Delivery, Event, Stream
from events.tests.dispatch.dispatching import poll
from events.tests.receivers import receiver_with, set_receivers
from tenants.context import tenant_context
from tests import factories

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.receivers,
    pytest.mark.both_databases,
    pytest.mark.relay_too,
]
CREATED = "order.created"


@pytest.fixture(autouse=True)
def asleep(monkeypatch):
    """Only the test dispatches."""
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)


@pytest.fixture
def only(monkeypatch):
    """Connect only these receivers."""

    def having(*receivers):
        set_receivers(monkeypatch, *receivers)

    return having


@pytest.fixture
def tenants(db):
    """The ids of three tenants, in order."""
    return sorted(factories.tenant(slug=f"shop-{number}").pk for number in range(3))


def happen(tenant_id, count=1, *, order_id=None):
    with tenant_context(tenant_id):
        log.append(
            *(NewEvent(CREATED, order_id or uuid.uuid4(), 1, {"order": {}, "changes": {}}) for _ in range(count))
        )


def fail_for(monkeypatch, module, name, tenant_id):
    """Make a function that takes a tenant's id raise for this tenant; return the list of its calls."""
    whole, calls = getattr(module, name), []

    def failing(its_id, *args, **kwargs):
        calls.append(its_id)
        if its_id == tenant_id:
            connection.cursor().execute("SELECT nothing_of_the_kind")
        return whole(its_id, *args, **kwargs)

    monkeypatch.setattr(module, name, failing)
    return calls


def statuses(tenant_id):
    with tenant_context(tenant_id):
        return sorted(Delivery.objects.values_list("receiver", "status"))


def failures(step):
    return REGISTRY.get_sample_value("events_step_failures_total", {"step": step}) or 0


def test_tenant_whose_numbering_raises_does_not_stop_those_after_it(tenants, only, monkeypatch, caplog):
    monkeypatch.setattr(pauses, "FIRST_SECONDS", 20.0)
    first, *others = tenants
    only(receiver_with("audit", frozenset({CREATED}), print))
    for tenant_id in tenants:
        happen(tenant_id)
    calls, before = fail_for(monkeypatch, numbering, "numbered_after", first), failures("numbering")
    dispatcher = Dispatcher()
    assert poll(dispatcher) == 4  # an event and a delivery of each
    assert [statuses(tenant_id) for tenant_id in tenants] == [[], *[[("audit", "SUCCEEDED")]] * 2]

    for tenant_id in others:
        happen(tenant_id)
    assert poll(dispatcher) == 4
    assert calls.count(first) == 2  # Together and separately; then it is paused for a moment.
    assert failures("numbering") == before + 1
    *_, line = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert line == line | {"event": "step_failed", "step": "numbering", "tenant_id": str(first), "pause_seconds": 20.0}


def test_tenant_that_can_be_numbered_again_is(tenants, only, monkeypatch):
    only()
    happen(tenants[0])
    with monkeypatch.context() as broken:
        fail_for(broken, numbering, "numbered_after", tenants[0])
        assert poll(Dispatcher()) == 0
    backoff.again_at = dict.fromkeys(backoff.again_at, time.monotonic())
    assert poll(Dispatcher()) == 1
    assert (backoff.failures, backoff.again_at) == ({}, {})


def test_open_deliveries_of_a_tenant_whose_numbering_raises_are_done(tenants, only, monkeypatch):
    only(receiver_with("audit", frozenset({CREATED}), print))
    happen(tenants[0])
    numbering.number(tenants[0])
    happen(tenants[0])
    fail_for(monkeypatch, numbering, "numbered_after", tenants[0])
    assert poll(Dispatcher()) == 1
    assert statuses(tenants[0]) == [("audit", "SUCCEEDED")]


def test_receiver_whose_failure_cannot_be_recorded_does_not_stop_the_others(tenants, only, monkeypatch):
    def fail(event):
        if event.tenant_id == tenants[0]:
            raise ValueError

    only(
        receiver_with("a", frozenset({CREATED}), fail),
        *(receiver_with(name, frozenset({CREATED}), print) for name in "bc"),
    )
    for tenant_id in tenants:
        happen(tenant_id)
    whole = ledger.record_direct_failure

    def record(delivery, *error, **options):
        if delivery.receiver == "a":
            connection.cursor().execute("SELECT nothing_of_the_kind")
        return whole(delivery, *error, **options)

    monkeypatch.setattr(ledger, "record_direct_failure", record)
    poll(Dispatcher())
    done = [(name, "SUCCEEDED") for name in "abc"]
    assert [statuses(tenant_id) for tenant_id in tenants] == [[("a", "PENDING"), *done[1:]], done, done]


@pytest.mark.parametrize(
    ("message", "kept"),
    [("nul \0 byte", "nul \\x00 byte"), ("half \ud83d pair", "half \\ud83d pair"), ("long " * 1000, "long " * 1000)],
)
def test_error_that_no_database_can_keep_is_recorded(tenants, only, message, kept):
    def fail(_):
        raise ValueError(message)

    only(receiver_with("poison", frozenset({CREATED}), fail, max_attempts=1))
    happen(tenants[0])
    poll(Dispatcher())
    with tenant_context(tenants[0]):
        [row] = Delivery.objects.all()
    assert (row.status, row.last_error) == ("DEAD", f"ValueError: {kept}"[:2000])


def test_error_without_a_message_is_recorded(tenants, only):
    class Silent(Exception):
        def __str__(self):
            raise RuntimeError

    assert ledger.error_text(Silent()) == "Silent: without a message (RuntimeError)"


def test_1200_blocked_deliveries_of_one_tenant_come_after_anothers_one(tenants, only):
    blocked, _, other = tenants
    ran = []
    only(receiver_with("ordered", frozenset({CREATED}), lambda event: ran.append(event.tenant_id), ordered=True))
    happen(blocked, 1201, order_id=uuid.uuid4())
    while numbering.number(blocked):
        continue
    with tenant_context(blocked):  # The first one is running.
        mine = Delivery.objects.filter(sequence=1)
        mine.update(status="RUNNING", attempts=1, due_at=timezone.now() + timedelta(hours=1))
    happen(other)
    poll(Dispatcher())
    assert ran == [other]


def test_tenants_whose_work_waits_do_not_hide_those_behind_them(tenants, only, monkeypatch):
    monkeypatch.setattr(rotation, "ROUND_TENANTS", 2)
    ran = []
    only(receiver_with("ordered", frozenset({CREATED}), lambda event: ran.append(event.tenant_id), ordered=True))
    for tenant_id in tenants[:2]:
        happen(tenant_id, 2, order_id=uuid.uuid4())
        numbering.number(tenant_id)
        with tenant_context(tenant_id):
            Delivery.objects.filter(sequence=1).update(
                status="RUNNING", attempts=1, due_at=timezone.now() + timedelta(hours=1)
            )
    happen(tenants[2])
    dispatcher = Dispatcher()
    assert poll(dispatcher) == 0
    assert poll(dispatcher) == 2
    assert ran == [tenants[2]]
    assert settle() == 0


def test_rotation_gives_each_tenant_once_and_starts_over(tenants, only, monkeypatch):
    only()
    monkeypatch.setattr(rotation, "ROUND_TENANTS", 2)
    for tenant_id in tenants:
        happen(tenant_id)
    found = Rotation()
    visits = [[work.tenant_id for work in found.next()] for _ in range(3)]
    assert visits == [tenants[:2], tenants[2:], tenants[:2]]
    assert list(Rotation().all()) == tenants


def test_tenant_whose_events_cannot_be_removed_keeps_those_of_no_other(tenants, only, monkeypatch):
    only()
    for tenant_id in tenants:
        happen(tenant_id)
        numbering.number(tenant_id)
    whole = retention.prunable_to

    def failing(stream, **options):
        if stream.tenant_id == tenants[0]:
            raise DatabaseError
        return whole(stream, **options)

    monkeypatch.setattr(retention, "prunable_to", failing)
    assert retention.prune_all(before=timezone.now() + timedelta(minutes=1)) == 2
    assert [Stream.objects.get(tenant=tenant_id).floor for tenant_id in tenants] == [0, 1, 1]


def test_pauses_double_up_to_half_a_minute_and_end_with_a_success(tenants, monkeypatch):
    mine, now = Backoff(), [0.0]
    monkeypatch.setattr(pauses.time, "monotonic", lambda: now[0])
    paused = []
    for _ in range(10):
        paused.append(mine.failed(("step", tenants[0])))
        assert mine.attempt("step", tenants[0], lambda: 1) is None
        assert mine.attempt("step", tenants[1], lambda: 1) == 1
        now[0] += paused[-1]
    assert paused == [*(0.2 * 2**n for n in range(8)), 30.0, 30.0]
    assert mine.attempt("step", tenants[0], lambda: 1) == 1
    assert mine.failed(("step", tenants[0])) == 0.2


def test_remembered_failures_are_bounded(tenants, monkeypatch):
    monkeypatch.setattr(pauses, "MOST_FAILURES", 3)
    mine = Backoff()
    for _ in range(7):
        mine.failed(("step", uuid.uuid4()))
    assert len(mine.failures) == len(mine.again_at) == 1


def test_an_unreachable_database_is_no_tenants_failure(tenants, monkeypatch):
    monkeypatch.setattr(pauses, "database_answers", lambda: False)
    mine = Backoff()
    with pytest.raises(ZeroDivisionError):
        mine.attempt("step", tenants[0], lambda: 1 // 0)
    assert mine.failures == {}


def test_delivery_whose_outcome_cannot_be_recorded_affects_no_other_of_its_message(tenants, only, monkeypatch):
    ran = []
    only(receiver_with("direct", frozenset({CREATED}), print))
    happen(tenants[0], 2)
    numbering.number(tenants[0])
    with tenant_context(tenants[0]):
        rows = list(Delivery.objects.order_by("sequence"))
        poison = Event.objects.get(sequence=1)

    def work(event):
        if event == poison:
            connection.cursor().execute("SELECT nothing_of_the_kind")
        ran.append(event.sequence)

    def record(*_, **__):
        raise DatabaseError

    monkeypatch.setattr(ledger, "record_failure", record)
    monkeypatch.setattr(task_runner, "MESSAGE_SECONDS", 600)
    task_runner.run_deliveries([str(row.pk) for row in rows], work, resend=print)
    assert ran == [2]
