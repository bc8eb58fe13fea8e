"""The check of effects counts lost and doubled effects apart from effects that are still due."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from audit.services import write_audit_log
from events import log_reader, switches
from events.models import Delivery, Event
from orders.event_types import CREATED
from orders.integrity.effects import Effect, Effects, Kind
from orders.models import Order
from tenants.context import current_tenant_id, tenant_context
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = [pytest.mark.django_db, pytest.mark.relay_too, pytest.mark.processing_steps]


@pytest.fixture(autouse=True)
def outbox(settings: Any, tmp_path: Path) -> Path:
    """Keep mails in a folder, as in the embedded default."""
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "orders.mail.outbox_backend.OutboxBackend", tmp_path / "outbox"
    return tmp_path / "outbox"


def found(after: int = 0) -> dict[Kind, Effect]:
    """The effects by kind, of which each is in one state."""
    effects = Effects(after).all()
    for one in effects:
        assert one.expected == one.done + one.waiting + one.dead + one.skipped + one.lost, one
    return {one.kind: one for one in effects}


def wrong(after: int = 0) -> dict[Kind, tuple[int, int]]:
    """The kinds of effect with losses or doubles, and how many."""
    return {kind: (one.lost, one.doubled) for kind, one in found(after).items() if one.lost or one.doubled}


@pytest.mark.receivers
def test_effects_done_once_are_neither_lost_nor_doubled(tenant: Tenant, settle: Callable[[], int]) -> None:
    place_order()
    place_order(customer_email="")
    settle()

    counts = found()

    assert {kind: (one.expected, one.done, one.waiting) for kind, one in counts.items()} == {
        Kind.EVENT: (2, 2, 0),
        Kind.PLACE: (12, 12, 0),
        Kind.AUDIT_RECORD: (2, 2, 0),
        Kind.PROCESSING: (2, 2, 0),
        Kind.MAIL: (1, 1, 0),
    }
    assert wrong() == {}


def test_waiting_dead_and_skipped_deliveries_are_not_lost(tenant: Tenant) -> None:
    for receiver in ("audit", "notifications", "processing"):
        switches.set_enabled(receiver, enabled=False)
    place_order()
    Delivery.objects.filter(receiver="notifications").update(status="DEAD")
    Delivery.objects.filter(receiver="processing").update(status="SKIPPED")

    counts = found()

    assert [getattr(counts[Kind.AUDIT_RECORD], name) for name in ("done", "waiting")] == [0, 1]
    assert (counts[Kind.MAIL].done, counts[Kind.MAIL].dead) == (0, 1)
    assert (counts[Kind.PROCESSING].done, counts[Kind.PROCESSING].skipped) == (0, 1)
    assert wrong() == {}


@pytest.mark.receivers
def test_effect_that_exists_is_done_while_its_delivery_is_open_again(tenant: Tenant, settle: Callable[[], int]) -> None:
    place_order()
    settle()
    Delivery.objects.update(status="PENDING")  # The worker has not recorded the success yet, or events are replayed.

    counts = found()

    assert {(one.done, one.waiting) for kind, one in counts.items() if kind != Kind.PLACE} == {(1, 0)}
    assert wrong() == {}


def test_event_without_a_sequence_is_waiting(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("events.dispatch.notification.notify", lambda _: None)
    place_order()

    assert (found()[Kind.PLACE].expected, found()[Kind.PLACE].waiting) == (1, 1)
    assert wrong() == {}


@pytest.mark.receivers
def test_success_without_its_effect_is_a_loss(tenant: Tenant, outbox: Path) -> None:
    for receiver in ("audit", "notifications", "processing"):
        switches.set_enabled(receiver, enabled=False)
    place_order()
    Delivery.objects.update(status="SUCCEEDED")

    assert wrong() == {Kind.AUDIT_RECORD: (1, 0), Kind.PROCESSING: (1, 0), Kind.MAIL: (1, 0)}


def test_missing_delivery_is_a_loss(tenant: Tenant) -> None:
    place_order()
    Delivery.objects.filter(receiver="processing").delete()

    assert wrong() == {Kind.PROCESSING: (1, 0)}


def test_order_without_its_event_is_a_loss(tenant: Tenant) -> None:
    place_order()
    Order.unguarded.bulk_create([Order(tenant=tenant, total=1, currency="EUR")])

    assert wrong() == {Kind.EVENT: (1, 0)}


@pytest.mark.receivers
def test_second_event_record_end_and_mail_are_doubles(tenant: Tenant, outbox: Path) -> None:
    order = place_order()
    event = Event.objects.filter(type=CREATED).get()
    write_audit_log("ORDER_CREATED_AGAIN", order.id, {}, event_id=event.id)
    (mail,) = outbox.glob("*.eml")
    mail.with_name(f"{mail.name.partition('@')[0]}@elsewhere.eml").write_bytes(b"")

    assert wrong() == {Kind.AUDIT_RECORD: (0, 1), Kind.MAIL: (0, 1)}


@pytest.mark.receivers
def test_count_begins_after_a_position(tenant: Tenant, settle: Callable[[], int]) -> None:
    place_order()
    settle()
    here = log_reader.head(current_tenant_id())
    place_order()
    settle()

    counts = found(here)

    assert (counts[Kind.EVENT].done, counts[Kind.AUDIT_RECORD].done, counts[Kind.MAIL].done) == (1, 1, 1)
    assert found(here + 10_000)[Kind.PLACE].expected == 0


@pytest.mark.receivers
def test_another_tenants_effects_are_not_counted(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant_context(other_tenant.pk):
        place_order()
        assert found()[Kind.MAIL].done == 1
        Delivery.objects.filter(receiver="processing").delete()

    assert {kind: (one.expected, one.done) for kind, one in found().items()} == dict.fromkeys(Kind, (0, 0))
    assert wrong() == {}


def test_count_takes_the_same_statements_for_many_orders(
    tenant: Tenant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        place_order()
    with django_assert_num_queries(12):
        found()
