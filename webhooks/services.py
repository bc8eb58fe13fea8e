"""Endpoints of the current tenant: registered, changed and removed; their deliveries opened and sent again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from events import operations
from events.dispatch import ledger
from events.models import Delivery, Event
from events.operations import Comparison, Replay, Replayed
from events.receivers import Receiver, receiver_of
from orders.errors import FieldError
from tenants.context import current_tenant_id
from webhooks.errors import EndpointNotFound, InvalidEndpoint, NotFinished, WebhookDeliveryNotFound
from webhooks.models import FAMILY, Attempt, Endpoint
from webhooks.shapes import InvalidShape, Shape, shape_of
from webhooks.signing import locked, new_secret
from webhooks.validation import errors_of

RECEIVER: Final = "webhooks"
"""The name of the receiver that opens the deliveries."""
MOST_ENDPOINTS = 20
MOST_OVERLAP = timedelta(days=7)
DISABLED, REMOVED = "Skipped: the endpoint is disabled", "Skipped: the endpoint was removed"
CHANGEABLE = ("url", "description", "event_types", "where", "document", "enabled")

on_opened: list[Callable[[], None]] = []
"""Called after deliveries were opened: the senders of this process."""


def endpoints() -> QuerySet[Endpoint]:
    """The tenant's endpoints."""
    rows: QuerySet[Endpoint] = Endpoint.objects.all()
    return rows


def endpoint(endpoint_id: UUID, *, lock: bool = False) -> Endpoint:
    """An endpoint of the tenant.

    Raises:
        EndpointNotFound: there is none of this id.
    """
    rows = endpoints().select_for_update() if lock else endpoints()
    if found := rows.filter(pk=endpoint_id).first():
        return found
    raise EndpointNotFound


def endpoints_by_id(ids: Iterable[UUID]) -> dict[UUID, Endpoint]:
    """The tenant's endpoints with these ids that exist."""
    return endpoints().in_bulk(list(ids))


def attempts(endpoint_id: UUID) -> QuerySet[Attempt]:
    """The attempts to reach an endpoint, tests included."""
    rows: QuerySet[Attempt] = Attempt.objects.filter(endpoint_id=endpoint_id)
    return rows


# --- Endpoints --------------------------------------------------------------------------------------------------------


def checked(**fields: Any) -> Endpoint:
    """An endpoint to be, which is not saved. ``fields`` are those of ``CHANGEABLE``.

    Raises:
        InvalidEndpoint: fields break rules.
    """
    made = Endpoint(**fields, tenant_id=current_tenant_id())
    if errors := errors_of(made):
        raise InvalidEndpoint(errors)
    return made


def create_endpoint(**fields: Any) -> tuple[Endpoint, str]:
    """Register an endpoint for the events from now on; return it and its secret, which can't be shown again.

    ``fields`` are those of ``CHANGEABLE``.

    Raises:
        InvalidEndpoint: fields break rules, or there are too many endpoints.
    """
    made, secret = checked(**fields), new_secret()
    made.secret = locked(secret)
    with transaction.atomic():
        made.since = operations.ask_for(RECEIVER)  # Locks the stream: endpoints are counted one after the other.
        if endpoints().count() >= MOST_ENDPOINTS:
            too_many = f"There may be at most {MOST_ENDPOINTS} endpoints."
            raise InvalidEndpoint([FieldError("LIMIT_EXCEEDED", (), too_many)])
        made.save()
    return made, secret


def update_endpoint(endpoint_id: UUID, **changes: Any) -> Endpoint:
    """Change fields of ``CHANGEABLE``. One that is enabled again gets the events from then on.

    Raises:
        EndpointNotFound: there is none of this id.
        InvalidEndpoint: fields break rules; nothing was changed.
    """
    with transaction.atomic():
        changed = endpoint(endpoint_id, lock=True)
        was_enabled = changed.enabled
        for name, value in changes.items():
            setattr(changed, name, value)
        if errors := errors_of(changed):
            raise InvalidEndpoint(errors)
        if changed.enabled and not was_enabled:
            changed.disabled_reason, changed.since = "", operations.ask_for(RECEIVER)
        changed.save()
        if was_enabled and not changed.enabled:
            stop(changed, DISABLED)
    return changed


def disable(endpoint_id: UUID, *, reason: str) -> None:
    """Send no more to an endpoint, and note why; its waiting deliveries are skipped."""
    with transaction.atomic():
        if endpoints().filter(pk=endpoint_id, enabled=True).update(enabled=False, disabled_reason=reason[:200]):
            stop(endpoint(endpoint_id), DISABLED)


def delete_endpoint(endpoint_id: UUID) -> Endpoint:
    """Remove an endpoint with its secrets and its attempts; its waiting deliveries are skipped.

    Raises:
        EndpointNotFound: there is none of this id.
    """
    with transaction.atomic():
        removed = endpoint(endpoint_id, lock=True)
        endpoints().filter(pk=endpoint_id).delete()
        attempts(endpoint_id).delete()
        stop(removed, REMOVED)
    return removed


def stop(stopped: Endpoint, reason: str) -> None:
    """Skip the waiting deliveries; request no others while no endpoint is enabled."""
    operations.skip_waiting(current_tenant_id(), stopped.receiver, reason=reason)
    if not endpoints().filter(enabled=True).exists():
        operations.ask_for(RECEIVER, wanted=False)


def rotate_secret(endpoint_id: UUID, *, overlap: timedelta) -> tuple[Endpoint, str]:
    """Give an endpoint a new secret and return it; until ``overlap`` is over the present one signs, too.

    Raises:
        EndpointNotFound: there is none of this id.
        InvalidEndpoint: the overlap is negative, or longer than a week.
    """
    if not timedelta(0) <= overlap <= MOST_OVERLAP:
        message = f"Must be from 0 to {MOST_OVERLAP.days * 24} hours."
        raise InvalidEndpoint([FieldError("INVALID", ("overlapHours",), message)])
    secret = new_secret()
    with transaction.atomic():
        rotated = endpoint(endpoint_id, lock=True)
        rotated.previous_secret, rotated.previous_until = rotated.secret, timezone.now() + overlap
        rotated.secret = locked(secret)
        rotated.save()
    return rotated, secret


# --- Deliveries -------------------------------------------------------------------------------------------------------


def rules_of(one: Endpoint) -> Receiver:
    """The endpoint as a receiver of the ledger."""
    found = receiver_of(one.receiver)
    if found is None:
        raise LookupError(FAMILY)
    return found


def open_deliveries(events: Sequence[Event]) -> None:
    """Open a delivery of each event to each enabled endpoint that wants it; those that are open stay as they are."""
    is_wanted = False
    for one in endpoints().filter(enabled=True):
        wanted = [event for event in events if (event.sequence or 0) > one.since and wants(one, event)]
        if wanted:
            ledger.open_deliveries(wanted, [rules_of(one)])
            is_wanted = True
    if is_wanted:
        transaction.on_commit(opened)


def wants(one: Endpoint, event: Event) -> bool:
    """Whether the endpoint wants the event. If its document is not valid any more, it does: the attempts then fail."""
    try:
        return shape_of(one).wants(event)
    except InvalidShape:
        return True


def opened() -> None:
    """Have the senders of this process look for deliveries."""
    for call in on_opened:
        call()


def resend(delivery_id: UUID) -> Delivery:
    """Send a delivery to an endpoint once more, under the same id.

    Raises:
        WebhookDeliveryNotFound: the tenant has no such delivery to an endpoint.
        NotFinished: it is about to be attempted, or being attempted.
    """
    rows = Delivery.objects.filter(pk=delivery_id, receiver__startswith=f"{FAMILY}:")
    again = operations.reopen(rows.filter(status__in=(*Delivery.REPEATABLE, Delivery.Status.RETRYING)))
    found: Delivery | None = rows.select_related("event").first()
    if found is None:
        raise WebhookDeliveryNotFound
    if not again:
        raise NotFinished
    opened()
    return found


def resend_since(
    endpoint_id: UUID, *, after: int | None, occurred_at: Mapping[Comparison, datetime], limit: int
) -> Replayed:
    """Send the events that the endpoint wants once more, and those that it missed: at most ``limit`` are examined.

    Raises:
        EndpointNotFound: there is none of this id.
        InvalidEndpoint: it is disabled.
        CursorExpired: events after ``after`` have been removed, or it is ahead of the log.
    """
    one = endpoint(endpoint_id)
    if not one.enabled:
        raise InvalidEndpoint([FieldError("INVALID", ("id",), "The endpoint is disabled. Enable it first.")])
    shape: Shape = shape_of(one)
    asked = Replay(one.receiver, after=after, occurred_at=occurred_at, wanted=shape.wants)
    done = operations.replay(asked, limit=limit, dry_run=False)
    opened()
    return done
