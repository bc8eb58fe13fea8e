"""Sequences: without a gap, in commit order, only for committed events."""

import math
import uuid

import pytest
from django.db import transaction

from events import log, log_reader
from events.dispatch.numbering import number
from events.errors import AppendOnly, CursorExpired
from events.log import NewEvent
from events.models import Delivery, Event, Stream
from events.tests.transactions import other_transaction
from tenants.context import Caller, acting_as, current_tenant_id, tenant_context

pytestmark = pytest.mark.both_databases


def happened(event_type="order.created"):
    return NewEvent(event_type, uuid.uuid4(), 1, {"order": {}, "changes": {}, "details": {}})


@pytest.fixture(autouse=True)
def only_by_the_test(settings, monkeypatch):
    """Only the test numbers events."""
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)


@pytest.mark.receivers
@pytest.mark.django_db
def test_an_event_has_no_sequence_until_a_pass_numbers_it():
    log.append(happened())
    assert Event.objects.get().sequence is None
    assert log_reader.read_after(current_tenant_id(), 0) == []
    number(current_tenant_id())
    assert Event.objects.get().sequence == 1


@pytest.mark.receivers
@pytest.mark.django_db
def test_sequences_have_no_gap_and_follow_insertion():
    for size in (1, 3, 2):
        log.append(*(happened() for _ in range(size)))
        number(current_tenant_id())
    events = log_reader.read_after(current_tenant_id(), 0)
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event.insertion_id for event in events] == sorted(event.insertion_id for event in events)
    assert Stream.objects.get().head == 6


@pytest.mark.receivers
@pytest.mark.django_db
@pytest.mark.parametrize("most_bytes", [math.inf, 10_000_000])
@pytest.mark.parametrize("number_of_events", [log_reader.FIRST_EVENTS + more for more in (-1, 0, 1)])
def test_all_events_are_read_however_many_are_read_first(number_of_events, most_bytes):
    log.append(*(happened() for _ in range(number_of_events)))
    number(current_tenant_id())
    assert len(log_reader.read_after(current_tenant_id(), 0, most_bytes=most_bytes)) == number_of_events


@pytest.mark.receivers
@pytest.mark.django_db
def test_a_rolled_back_event_leaves_no_gap():
    log.append(happened())
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        log.append(happened())
        raise ZeroDivisionError
    log.append(happened())
    number(current_tenant_id())
    assert [event.sequence for event in log_reader.read_after(current_tenant_id(), 0)] == [1, 2]


@pytest.mark.receivers
@pytest.mark.django_db
def test_each_tenant_has_its_own_stream(other_tenant):
    log.append(happened(), happened())
    with tenant_context(other_tenant.id):
        log.append(happened())
        number(other_tenant.id)
        assert [event.sequence for event in log_reader.read_after(other_tenant.id, 0)] == [1]
    assert log_reader.head(current_tenant_id()) == 0


@pytest.mark.receivers
@pytest.mark.usefixtures("first_receivers")
@pytest.mark.django_db
def test_numbering_opens_a_delivery_for_each_connected_receiver():
    log.append(happened("order.created"), happened("order.paid"), happened("order.processing"), happened("unknown"))
    number(current_tenant_id())
    opened = Delivery.objects.order_by("sequence", "receiver").values_list("sequence", "receiver", "status")
    assert list(opened) == [
        (1, "audit", "PENDING"),
        (1, "notifications", "PENDING"),
        (1, "processing", "PENDING"),
        (2, "audit", "PENDING"),
        (2, "notifications", "PENDING"),
    ]


@pytest.mark.receivers
@pytest.mark.django_db
def test_a_pass_that_dies_leaves_nothing_half_done(monkeypatch):
    log.append(happened())
    monkeypatch.setattr("events.dispatch.ledger.open_deliveries", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        number(current_tenant_id())
    assert (Event.objects.get().sequence, log_reader.head(current_tenant_id()), Delivery.objects.count()) == (
        None,
        0,
        0,
    )


@pytest.mark.receivers
@pytest.mark.django_db
def test_the_caller_is_recorded(tenant):
    caller = Caller(tenant_id=tenant.id, actor="user:ada", ip="10.0.0.1", request_id="r1", traceparent="00-1")
    with acting_as(caller):
        [event] = log.append(happened())
    assert (event.actor, event.ip, event.request_id, event.traceparent) == ("user:ada", "10.0.0.1", "r1", "00-1")


@pytest.mark.django_db
@pytest.mark.signals_driver
def test_a_pass_numbers_many_events_in_few_statements(django_assert_num_queries):
    log.append(*(happened("order.processing") for _ in range(50)))
    number(current_tenant_id())
    log.append(*(happened("order.processing") for _ in range(50)))
    with django_assert_num_queries(5):  # savepoint, lock, number, head, release
        number(current_tenant_id())


@pytest.mark.receivers
@pytest.mark.django_db
def test_reading_before_the_floor_is_an_error():
    log.append(happened(), happened(), happened())
    number(current_tenant_id())
    Stream.objects.update(floor=2)
    Event.unguarded.filter(sequence__lte=2).delete()
    with pytest.raises(CursorExpired) as caught:
        log_reader.read_after(current_tenant_id(), 1)
    assert caught.value.oldest == 2
    assert [event.sequence for event in log_reader.read_after(current_tenant_id(), 2)] == [3]


@pytest.mark.receivers
@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        lambda event: event.save(),
        lambda event: event.delete(),
        lambda _: Event.objects.all().delete(),
        lambda _: Event.objects.update(type="x"),
    ],
)
def test_the_log_is_append_only(change):
    [event] = log.append(happened())
    with pytest.raises(AppendOnly):
        change(event)
    assert Event.objects.get().type == "order.created"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_last_commit_comes_last_even_if_inserted_first(tenant):
    """A cursor over a serial id would have skipped the early insertion permanently."""
    with other_transaction(tenant.id) as other:
        other.insert_event("early")
        log.append(happened("late"))
        number(current_tenant_id())
        assert [event.type for event in log_reader.read_after(current_tenant_id(), 0)] == ["late"]
        other.commit()
    number(current_tenant_id())
    assert [(event.sequence, event.type) for event in log_reader.read_after(current_tenant_id(), 0)] == [
        (1, "late"),
        (2, "early"),
    ]


@pytest.mark.receivers
@pytest.mark.usefixtures("first_receivers")
@pytest.mark.django_db
def test_event_has_its_numbering_time_in_messages_too():
    log.append(happened())
    [numbered] = number(current_tenant_id())
    event = Event.objects.get()
    assert event.occurred_at <= event.numbered_at == numbered.numbered_at
    assert Delivery.objects.filter(event=event, created_at__gte=event.numbered_at).count() == 3
    received = Event.from_wire(event.tenant_id, event.to_wire())
    assert received.numbered_at == event.numbered_at
    assert not received.get_deferred_fields()  # Reading one would ask the database.
    assert [getattr(received, name) for name in Event.WIRE] == [getattr(event, name) for name in Event.WIRE]


@pytest.mark.receivers
@pytest.mark.django_db
def test_message_of_the_previous_version_lacks_that_time():
    log.append(happened())
    number(current_tenant_id())
    wire = Event.objects.get().to_wire()
    del wire["numbered_at"]
    assert Event.from_wire(current_tenant_id(), wire).numbered_at is None
