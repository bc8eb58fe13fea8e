"""The receiver opens one delivery for each endpoint that wants an event."""

from collections.abc import Callable

import pytest

from events import operations
from events.models import Delivery, Event, Stream
from orders import services as orders
from orders.states import Status
from tenants.context import tenant_context
from tenants.models import Tenant
from tests.factories import place_order
from webhooks import services
from webhooks.receivers import open_webhook_deliveries
from webhooks.tests.endpoints import deliveries_to, endpoint

pytestmark = [pytest.mark.django_db, pytest.mark.receivers]
Settle = Callable[[], int]


def test_receiver_called_twice_opens_each_delivery_once(settle: Settle) -> None:
    one, other = endpoint(), endpoint()
    place_order()
    settle()
    events = list(Event.objects.all())

    open_webhook_deliveries(Event, events=events)
    open_webhook_deliveries(Event, events=events)

    for made in (one, other):
        assert [(row.event_id, row.status) for row in deliveries_to(made)] == [
            (event.pk, "PENDING") for event in events
        ]


def test_tenant_without_endpoints_has_no_deliveries_of_webhooks(settle: Settle) -> None:
    place_order()
    settle()

    assert set(Delivery.objects.values_list("receiver", flat=True)) == {"audit", "notifications", "processing"}


def test_endpoint_gets_the_events_after_it_was_registered_and_none_before(settle: Settle) -> None:
    before = place_order()
    settle()
    made = endpoint()
    after = place_order(status=Status.PAID)
    settle()

    assert {row.order_id for row in deliveries_to(made)} == {after.pk}
    assert before.pk != after.pk


def test_events_that_were_recorded_before_and_numbered_after_the_registration_count(
    settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)
    order = place_order()
    made = endpoint()
    settle()

    assert order.pk in {row.order_id for row in deliveries_to(made)}


def test_types_choose_events(settle: Settle) -> None:
    made = endpoint(event_types=["order.paid"])
    place_order(status=Status.SHIPPED)
    settle()

    assert [row.event.type for row in deliveries_to(made)] == ["order.paid"]


def test_an_order_that_leaves_the_filter_is_sent(settle: Settle) -> None:
    made = endpoint(where={"status": {"eq": "NEW"}}, event_types=["order.created", "order.paid", "order.shipped"])
    place_order(status=Status.SHIPPED)
    settle()

    assert [row.event.type for row in deliveries_to(made)] == ["order.created", "order.paid"]


def test_the_documents_own_arguments_choose_events_too(settle: Settle) -> None:
    document = 'subscription { orderCreated(where: { currency: { eq: "USD" } }) { order { number } } }'
    made = endpoint(document=document)
    place_order()
    dollars = place_order(currency="USD")
    settle()

    assert [row.order_id for row in deliveries_to(made)] == [dollars.pk]


def test_another_tenants_endpoint_gets_nothing(settle: Settle, other_tenant: Tenant) -> None:
    with tenant_context(other_tenant.pk):
        theirs = endpoint()
    place_order()
    settle()

    with tenant_context(other_tenant.pk):
        assert deliveries_to(theirs) == []
    assert not Delivery.objects.filter(receiver__startswith="webhook").exists()


def test_switched_off_the_deliveries_wait_and_are_opened_in_order_when_it_is_on_again(settle: Settle) -> None:
    made = endpoint(event_types=["order.created", "order.paid", "order.shipped"])
    operations.switch_receiver("webhooks", enabled=False)
    place_order(status=Status.SHIPPED)
    settle()
    assert deliveries_to(made) == []

    operations.switch_receiver("webhooks", enabled=True)
    settle()

    assert [row.event.type for row in deliveries_to(made)] == ["order.created", "order.paid", "order.shipped"]


def test_an_event_does_not_overtake_an_earlier_one_of_its_order(
    settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first event's deliveries can't be opened for now; so those of the second are not opened either."""
    made = endpoint(event_types=["order.created", "order.paid"])
    opening, failing = services.open_deliveries, [True]

    def open_or_fail(events: list[Event]) -> None:
        if failing and any(event.type == "order.created" for event in events):
            raise RuntimeError("for now")
        opening(events)

    monkeypatch.setattr(services, "open_deliveries", open_or_fail)
    order = place_order()
    orders.pay_order(order.pk)
    settle()
    assert deliveries_to(made) == []

    failing.clear()
    operations.retry_all(receiver="webhooks", statuses=["RETRYING"])
    settle()
    assert [row.event.type for row in deliveries_to(made)] == ["order.created", "order.paid"]


def test_the_last_endpoint_that_is_disabled_ends_the_receivers_deliveries(settle: Settle, tenant: Tenant) -> None:
    made = endpoint()
    assert Stream.objects.get(tenant=tenant).asked_for == "webhooks"

    services.update_endpoint(made.pk, enabled=False)
    place_order()
    settle()

    assert Stream.objects.get(tenant=tenant).asked_for == ""
    assert not Delivery.objects.filter(receiver="webhooks").exists()
