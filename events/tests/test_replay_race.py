"""A replay and retention at the same time (PostgreSQL): one waits for the other, or skips it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from events import retention
from events.dispatch import ledger
from events.dispatch.inline import settle
from events.errors import CursorExpired
from events.models import Delivery, Event, Stream
from events.operations import Replay, replay
from tenants.models import Tenant
from tests.factories import place_order
from tests.other_connection import in_another_thread

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def done(tenant: Tenant) -> Tenant:
    """An order whose receivers are done, except one without a delivery."""
    place_order()
    settle()
    Delivery.objects.filter(receiver="audit").delete()
    return tenant


def prune(tenant: Tenant) -> int:
    return retention.prune(tenant.pk, before=timezone.now() + timedelta(days=1))


def test_retention_leaves_events_that_are_about_to_be_replayed(done: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    pruned: list[Any] = []
    opening = ledger.open_deliveries

    def pruned_before(*given: Any, **options: Any) -> Any:
        thread, results = in_another_thread(lambda: prune(done))
        thread.join(10)
        pruned.extend(results)
        return opening(*given, **options)

    monkeypatch.setattr(ledger, "open_deliveries", pruned_before)
    count = Event.objects.count()
    asked = Replay("audit")
    assert replay(asked, limit=100, dry_run=False).opened == len(asked.events())
    assert (pruned, Event.objects.count()) == ([0], count)


def test_a_replay_that_waited_for_retention_gets_an_error(done: Tenant) -> None:
    with transaction.atomic():
        assert prune(done) > 0
        thread, results = in_another_thread(lambda: replay(Replay("audit", after=0), limit=9, dry_run=False))
        wait_until_blocked()
    thread.join(10)
    assert [type(result) for result in results] == [CursorExpired]
    assert not Delivery.objects.exists()
    assert Stream.objects.get(tenant=done).floor > 0


def wait_until_blocked() -> None:
    """Wait until another connection waits for a lock of the test."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    for _ in range(1000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            if cursor.fetchone() != (0,):
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("no transaction waits")
