"""Old events are removed from the beginning of a stream on, with their deliveries; earlier cursors expire."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from events import log_reader, retention
from events.errors import CursorExpired
from events.models import Delivery, Event, Stream
from tenants.context import tenant_context
from tests.factories import place_order

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def events(tenant, other_tenant):
    """Events of two orders, and another tenant's; returns how many the first order has."""
    place_order()
    place_order()
    with tenant_context(other_tenant.pk):
        place_order()
    return log_reader.head(tenant.pk)


def soon():
    return timezone.now() + timedelta(minutes=1)


def sequences(tenant):
    return list(Event.unguarded.filter(tenant=tenant).order_by("sequence").values_list("sequence", flat=True))


@pytest.mark.receivers
def test_old_events_are_removed_with_their_deliveries_and_the_floor_moves(tenant, other_tenant, events):
    with tenant_context(other_tenant.pk):
        others = Delivery.objects.count()
    assert retention.prune(tenant.pk, before=soon()) == events
    assert (Event.objects.count(), Delivery.objects.count(), log_reader.position(tenant.pk)) == (
        0,
        0,
        (events, events, 0),
    )
    with tenant_context(other_tenant.pk):
        assert (Delivery.objects.count(), len(sequences(other_tenant))) == (others, log_reader.head(other_tenant.pk))


@pytest.mark.receivers
def test_cursors_before_the_floor_have_expired_and_the_stream_goes_on(tenant, events):
    retention.prune(tenant.pk, before=soon())
    with pytest.raises(CursorExpired) as caught:
        log_reader.read_after(tenant.pk, events - 1)
    assert caught.value.oldest == events
    place_order()
    assert log_reader.read_after(tenant.pk, events)[0].sequence == events + 1


def test_events_within_retention_stay(tenant, events):
    assert retention.prune_all(before=retention.retention_ends()) == 0
    assert sequences(tenant) == list(range(1, events + 1))


@pytest.mark.receivers
def test_retention_counts_from_when_it_was_recorded(settings, tenant, events):
    settings.EVENTS_RETENTION_DAYS = 90
    with time_machine.travel(timezone.now() + timedelta(days=89)):
        retention.keep_retention()
        assert len(sequences(tenant)) == events
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        retention.keep_retention()
        assert sequences(tenant) == []


@pytest.mark.receivers
def test_an_unfinished_delivery_keeps_its_event_and_what_came_after(tenant, events):
    second = Delivery.objects.filter(receiver="audit").order_by("sequence").last()
    Delivery.objects.filter(pk=second.pk).update(status="RETRYING")
    assert retention.prunable(tenant.pk, before=soon()) == (second.sequence - 1, second.sequence)
    assert retention.prune(tenant.pk, before=soon()) == second.sequence - 1
    assert retention.prune(tenant.pk, before=soon()) == 0
    assert sequences(tenant) == list(range(second.sequence, events + 1))
    assert Delivery.objects.filter(pk=second.pk).exists()


def test_a_delivery_that_is_opened_again_meanwhile_is_not_removed(tenant, events, monkeypatch):
    Delivery.objects.filter(receiver="audit", sequence=1).update(status="PENDING")
    monkeypatch.setattr(retention, "first_unfinished", lambda tenant_id: None)  # The state of a moment before.
    before = Delivery.objects.count()
    assert retention.prune(tenant.pk, before=soon()) == 0
    assert (Delivery.objects.count(), len(sequences(tenant)), log_reader.position(tenant.pk)) == (
        before,
        events,
        (events, 0, 0),
    )


@pytest.mark.parametrize("status", ["DEAD", "SKIPPED"])
def test_dead_and_skipped_deliveries_keep_nothing(tenant, events, status):
    Delivery.objects.update(status=status)
    assert retention.prunable(tenant.pk, before=soon()) == (events, None)
    assert retention.prune(tenant.pk, before=soon()) == events


@pytest.mark.receivers
def test_pruning_goes_batch_by_batch(tenant, other_tenant, events, monkeypatch):
    monkeypatch.setattr(retention.prunable_to, "__kwdefaults__", {"limit": 2})
    assert retention.prune(tenant.pk, before=soon()) == 2
    assert (sequences(tenant)[0], Stream.objects.get(tenant=tenant).floor) == (3, 2)
    assert retention.prune_all(before=soon()) == events - 2 + log_reader.head(other_tenant.pk)


@pytest.mark.receivers
def test_some_are_old_and_some_are_not(tenant, events):
    middle = Event.objects.get(sequence=3)
    before = retention.made_at(middle.id)
    expected = sum(retention.made_at(event.id) < before for event in Event.objects.all())
    assert retention.prunable(tenant.pk, before=before) == (expected, None)
    assert retention.prune(tenant.pk, before=before) == expected


def test_a_tenant_without_a_stream_has_nothing_to_prune(other_tenant):
    assert retention.prune(other_tenant.pk, before=soon()) == 0
    assert retention.prunable(other_tenant.pk, before=soon()) == (0, None)
