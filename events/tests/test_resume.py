"""After a restore, a log goes on above all sequences that were ever given."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from events import log_reader, operations, retention
from events.errors import CursorAhead, CursorExpired
from events.models import Delivery, Event, Stream
from orders.integrity.effects import Effects
from tests.factories import place_order

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def lost(tenant, settle):
    """The sequence of the last event, which a restore has lost: log and head are as in the backup."""
    place_order()
    settle()
    last = log_reader.head(tenant.pk)
    Delivery.objects.filter(sequence=last).delete()
    Event.unguarded.filter(sequence=last).delete()
    Stream.objects.update(head=last - 1)
    return last


@pytest.fixture
def resumed_at(tenant, lost, settle):
    """The position from which the log goes on; it has new events after that."""
    assert operations.resume_logs() == 1
    place_order()
    settle()
    return log_reader.position(tenant.pk).resumed_at


def sequences_after(tenant, position):
    return [event.sequence for event in log_reader.read_after(tenant.pk, position)]


def test_new_events_come_after_all_that_were_lost(tenant, lost, resumed_at):
    assert resumed_at > lost
    assert sequences_after(tenant, resumed_at) == [*range(resumed_at + 1, log_reader.head(tenant.pk) + 1)]


def test_a_cursor_of_a_lost_event_is_refused_whatever_comes_later(tenant, lost, resumed_at):
    with pytest.raises(CursorAhead) as refused:
        log_reader.read_after(tenant.pk, lost)
    assert refused.value.oldest == resumed_at


def test_a_cursor_of_a_lost_event_is_refused_while_nothing_has_come(tenant, lost):
    operations.resume_logs()
    with pytest.raises(CursorAhead) as refused:
        log_reader.read_after(tenant.pk, lost)
    assert refused.value.oldest == log_reader.head(tenant.pk) == lost - 1
    assert log_reader.read_after(tenant.pk, lost - 1) == []


def test_other_cursors_go_on_over_the_gap(tenant, lost, resumed_at):
    for position in range(lost):
        read = sequences_after(tenant, position)
        assert read == [*range(position + 1, lost), *range(resumed_at + 1, log_reader.head(tenant.pk) + 1)]


@pytest.mark.receivers
def test_each_restore_goes_on_above_the_one_before(tenant, lost, resumed_at):
    head = log_reader.head(tenant.pk)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert operations.resume_logs() == 1
        place_order()
    assert log_reader.position(tenant.pk).resumed_at > head
    assert {head, log_reader.head(tenant.pk)} < {*sequences_after(tenant, resumed_at)}
    for position in (lost, head + 1):
        with pytest.raises(CursorAhead) as refused:
            log_reader.read_after(tenant.pk, position)
        assert sequences_after(tenant, refused.value.oldest)[-1] == log_reader.head(tenant.pk)


def test_pruning_passes_over_the_gap(tenant, resumed_at):
    Delivery.objects.update(status="SKIPPED")
    soon, kept = timezone.now() + timedelta(minutes=1), Event.objects.count()
    assert retention.prunable(tenant.pk, before=soon) == (kept, None)
    assert retention.prune(tenant.pk, before=soon) == kept
    with pytest.raises(CursorExpired):
        log_reader.read_after(tenant.pk, resumed_at)


def test_lost_sequences_are_no_lost_events(resumed_at):
    assert Effects().placed().lost == 0


def test_the_command_says_how_many_logs_go_on(lost, capsys):
    call_command("events", "resume")
    assert capsys.readouterr().out == "1 event logs go on above all sequences that were given. Start the system.\n"
