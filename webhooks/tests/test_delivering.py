"""An attempt sends what was asked for, is logged, and its outcome decides how the delivery goes on."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.conf import LazySettings
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from events.dispatch.task_runner import run_delivery
from events.models import Delivery, Event
from events.receivers import delivery_id
from orders.models import Order
from orders.states import Status
from tests.factories import place_order
from webhooks import delivering, retention, services
from webhooks.errors import InvalidEndpoint
from webhooks.models import Attempt, Endpoint
from webhooks.signing import unlocked
from webhooks.tests.consumer import Answers, Consumer, consumer
from webhooks.tests.endpoints import deliveries_to, statuses

pytestmark = [pytest.mark.django_db, pytest.mark.receivers]
Settle = Callable[[], int]


def registered(running: Consumer, **fields: object) -> Endpoint:
    made, _ = services.create_endpoint(**{"url": running.url, "event_types": ["order.created"], **fields})
    return made


def one_order(settle: Settle, **fields: object) -> Order:
    order = place_order(**fields)  # type: ignore[arg-type]  # as the factory takes them
    settle()
    return order


def attempt(made: Endpoint, place: int = 0) -> bool:
    """Make an attempt of a delivery that is due, as the sender does."""
    delivery = deliveries_to(made)[place].pk
    Delivery.objects.filter(pk=delivery, status="RETRYING").update(due_at=timezone.now())
    return run_delivery(delivery, partial(delivering.attempt, made.pk, delivery))


def test_without_a_document_the_body_is_a_cloud_event(settle: Settle) -> None:
    with consumer() as running:
        made = registered(running)
        order = one_order(settle)
        assert attempt(made)
        [request] = running.requests

    event = Event.objects.get(type="order.created")
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert (request.json["specversion"], request.json["id"], request.json["type"]) == (
        *("1.0", str(event.id)),
        "order.created",
    )
    assert request.json["data"]["order"]["number"] == order.number


def test_the_id_is_the_deliverys_and_the_secret_verifies_the_request(settle: Settle) -> None:
    with consumer() as running:
        made = registered(running)
        one_order(settle)
        attempt(made)
        [request] = running.requests

    event = Event.objects.get(type="order.created")
    assert request.id == str(delivery_id(event.id, made.receiver)) == str(deliveries_to(made)[0].pk)
    assert Webhook(unlocked(made.secret)).verify(request.body, request.headers)


def test_an_attempt_is_logged_with_the_beginning_of_its_answer(settle: Settle) -> None:
    with consumer(lambda request: Answers(200, body=b"y" * 3000)) as running:
        made = registered(running)
        one_order(settle)
        attempt(made)

    row = Attempt.objects.get()
    assert (row.endpoint_id, row.delivery_id) == (made.pk, deliveries_to(made)[0].pk)
    assert (row.outcome, row.status_code, row.answer, row.error) == ("DELIVERED", 200, "y" * 2048, "")
    assert statuses(made) == ["SUCCEEDED"]


def test_a_refused_delivery_is_tried_again_under_the_same_id(settle: Settle) -> None:
    answers = iter([500, 302, 204])
    with consumer(lambda request: next(answers)) as running:
        made = registered(running)
        one_order(settle)
        outcomes = [attempt(made) for _ in range(3)]
        assert len(set(running.ids)) == 1

    assert outcomes == [False, False, True]
    assert [row.status_code for row in Attempt.objects.order_by("pk")] == [500, 302, 204]
    assert statuses(made) == ["SUCCEEDED"]


def test_pauses_grow_to_three_hours_and_the_last_attempt_is_after_about_three_days(settle: Settle) -> None:
    with consumer(lambda request: 500) as running:
        made = registered(running)
        one_order(settle)
        waited = timedelta(0)
        for _ in range(100):
            attempt(made)
            [delivery] = deliveries_to(made)
            if delivery.status == "DEAD":
                break
            assert delivery.finished_at is not None
            waited += delivery.due_at - delivery.finished_at
            assert delivery.due_at - delivery.finished_at <= timedelta(hours=3)

    assert statuses(made) == ["DEAD"]
    assert timedelta(days=2.4) < waited < timedelta(days=3.8)


@pytest.mark.parametrize(("wished", "kept"), [("600", 600), ("999999", 3 * 3600), ("-1", 0)])
def test_the_pause_that_an_endpoint_asks_for_is_kept_up_to_three_hours(
    settle: Settle, wished: str, kept: float
) -> None:
    with consumer(lambda request: Answers(429, {"retry-after": wished})) as running:
        made = registered(running)
        one_order(settle)
        attempt(made)

    [delivery] = deliveries_to(made)
    assert delivery.finished_at is not None
    paused = (delivery.due_at - delivery.finished_at).total_seconds()
    assert kept <= paused <= kept + 1
    assert (delivery.status, delivery.last_error) == ("RETRYING", "NotDelivered: The endpoint answered 429.")


def test_410_disables_the_endpoint_and_skips_what_waits(settle: Settle) -> None:
    with consumer(lambda request: 410) as running:
        made = registered(running)
        one_order(settle)
        one_order(settle)
        assert not attempt(made)
        assert len(running.requests) == 1

    made.refresh_from_db()
    assert (made.enabled, made.disabled_reason) == (False, "The endpoint answered 410: it wants no more events.")
    assert statuses(made)[1] == "SKIPPED"
    assert Attempt.objects.get().outcome == "GONE"


def test_while_secrets_overlap_a_request_has_both_signatures_and_then_one(settle: Settle) -> None:
    with consumer() as running:
        made = registered(running)
        old = unlocked(made.secret)
        _, new = services.rotate_secret(made.pk, overlap=timedelta(hours=1))
        one_order(settle)
        attempt(made)
        [during] = running.requests
        Endpoint.objects.update(previous_until=timezone.now())
        one_order(settle)
        attempt(made, 1)
        after = running.requests[-1]

    assert Webhook(old).verify(during.body, during.headers) == Webhook(new).verify(during.body, during.headers)
    assert Webhook(new).verify(after.body, after.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(after.body, after.headers)


def test_an_event_that_the_endpoint_does_not_want_any_more_is_skipped(settle: Settle) -> None:
    with consumer() as running:
        made = registered(running)
        one_order(settle)
        services.update_endpoint(made.pk, event_types=["order.paid"])
        attempt(made)
        assert running.requests == []

    assert statuses(made) == ["SKIPPED"]
    assert not Attempt.objects.exists()


def test_a_secret_that_cannot_be_read_is_a_failed_attempt_and_not_a_lost_event(
    settle: Settle, settings: LazySettings
) -> None:
    with consumer() as running:
        made = registered(running)
        one_order(settle)
        settings.SECRET_KEY = "another key, of fifty characters, for this one test"
        assert not attempt(made)
        assert running.requests == []

    assert (Attempt.objects.get().outcome, statuses(made)) == ("FAILED", ["RETRYING"])


def test_a_document_that_is_not_valid_any_more_is_a_failed_attempt_until_it_is_changed(settle: Settle) -> None:
    with consumer() as running:
        made = registered(running)
        Endpoint.objects.update(document="subscription { orderCreated { fieldOfAnEarlierVersion } }")
        one_order(settle)
        assert not attempt(made)
        services.update_endpoint(made.pk, document="subscription { orderCreated { order { number } } }")
        assert attempt(made)

    assert [row.outcome for row in Attempt.objects.order_by("pk")] == ["FAILED", "DELIVERED"]


def test_a_test_sends_the_newest_event_that_the_endpoint_wants(settle: Settle) -> None:
    with consumer() as running:
        made = registered(running)
        order = one_order(settle, status=Status.PAID)
        row = delivering.send_test(made.pk)
        [request] = running.requests

    assert request.json["type"] == "order.created"
    assert request.json["data"]["order"]["number"] == order.number
    assert request.id.startswith("test-")
    assert (row.outcome, row.delivery_id, Attempt.objects.get().pk) == ("DELIVERED", None, row.pk)
    assert statuses(made) == ["PENDING"]


def test_a_test_without_any_event_is_refused() -> None:
    with consumer() as running, pytest.raises(InvalidEndpoint, match="no event yet"):
        delivering.send_test(registered(running).pk)


def test_old_attempts_are_removed(settle: Settle, settings: LazySettings) -> None:
    settings.WEBHOOKS_ATTEMPTS_DAYS = 30
    with consumer() as running:
        made = registered(running)
        for _ in range(2):
            one_order(settle)
        attempt(made)
        attempt(made, 1)
    old, young = Attempt.objects.order_by("pk")
    Attempt.objects.filter(pk=old.pk).update(started_at=timezone.now() - timedelta(days=31))

    retention.keep_retention()

    assert [row.pk for row in Attempt.objects.all()] == [young.pk]
