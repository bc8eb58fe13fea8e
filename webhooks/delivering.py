"""Attempts to send an event to an endpoint."""

import time
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from events.dispatch import ledger
from events.models import Event
from orders.errors import FieldError
from tenants.values.identifiers import uuid7
from webhooks import metrics, services, signing
from webhooks.errors import InvalidEndpoint, NotDelivered
from webhooks.models import Attempt, Endpoint, Outcome
from webhooks.post import Answer, post
from webhooks.shapes import shape_of
from webhooks.signing import unlocked

log = structlog.get_logger(__name__)

TEST_SECONDS = 5.0
LOOKED_AT = 100
"""The newest events among which a test looks for an event that the endpoint wants."""
NOT_WANTED = "Skipped: the endpoint does not want this event any more"
ERRORS: dict[str, type[OSError]] = {Outcome.TIMED_OUT: TimeoutError, Outcome.UNREACHABLE: ConnectionError}
"""The ledger knows the kind of a failure by the error's class."""


def attempt(endpoint_id: UUID, delivery_id: UUID, event: Event) -> None:
    """Send the event once and log the attempt; 410 disables the endpoint.

    Raises:
        NotDelivered, TimeoutError, ConnectionError: it was not delivered; the message says why.
    """
    endpoint = services.endpoints().filter(pk=endpoint_id, enabled=True).first()
    if endpoint is None:
        raise NotDelivered("The endpoint is disabled.")
    if not services.wants(endpoint, event):
        ledger.skip([event], [endpoint.receiver], reason=NOT_WANTED)
        return
    made, later = sent(endpoint, event, str(delivery_id), seconds=settings.WEBHOOKS_TIMEOUT_SECONDS)
    made.delivery_id = delivery_id
    made.save()
    metrics.ATTEMPTS.labels(made.outcome).inc()
    if made.outcome == Outcome.GONE:
        services.disable(endpoint_id, reason=made.error)
    if made.outcome in ERRORS:
        raise ERRORS[made.outcome](made.error)
    if made.outcome != Outcome.DELIVERED:
        raise NotDelivered(made.error, later)


def send_test(endpoint_id: UUID) -> Attempt:
    """Send the newest event that the endpoint wants, or the newest at all, under an id of its own; return the attempt.

    Raises:
        EndpointNotFound: there is no endpoint of this id.
        InvalidEndpoint: there is no event yet.
    """
    endpoint = services.endpoint(endpoint_id)
    newest = list(Event.objects.filter(sequence__isnull=False).order_by("-sequence")[:LOOKED_AT])
    if not newest:
        raise InvalidEndpoint([FieldError("INVALID", ("id",), "There is no event yet. Create an order first.")])
    event = next((one for one in newest if services.wants(endpoint, one)), newest[0])
    made, _ = sent(endpoint, event, f"test-{uuid7()}", seconds=TEST_SECONDS)
    made.save()
    return made


def sent(endpoint: Endpoint, event: Event, message_id: str, *, seconds: float) -> tuple[Attempt, float]:
    """Send a message; return the attempt, not yet saved, and how many seconds the endpoint wants no other for.

    No database connection is held meanwhile.
    """
    now = timezone.now()
    try:
        body, media_type = shape_of(endpoint).body(event)
        timestamp = int(time.time())
        headers = signing.headers(secrets_of(endpoint, now), message_id, timestamp, body)
    except Exception as error:  # of any kind: the tenant sees that it failed, an operator why
        log.exception("webhook_not_made", endpoint_id=str(endpoint.pk), event_id=str(event.id))
        answer = Answer(Outcome.FAILED, 0.0, error=f"{type(error).__name__}: the message could not be made.")
    else:
        if not connection.in_atomic_block:
            connection.close()
        answer = post(endpoint.url, body, {"content-type": media_type, **headers}, seconds=seconds)
    made = Attempt(
        tenant_id=endpoint.tenant_id,
        endpoint_id=endpoint.pk,
        event_id=event.id,
        started_at=now,
        duration_seconds=answer.seconds,
        outcome=answer.outcome,
        status_code=answer.status,
        error=answer.error,
        answer=answer.body,
    )
    return made, answer.retry_after


def secrets_of(endpoint: Endpoint, now: datetime) -> list[str]:
    """The secrets that sign now, the newest first.

    Raises:
        SecretLost: one was stored under another ``SECRET_KEY``.
    """
    is_overlapping = endpoint.previous_until is not None and endpoint.previous_until > now
    stored = [endpoint.secret, *([endpoint.previous_secret] if is_overlapping else [])]
    return [unlocked(one) for one in stored]
