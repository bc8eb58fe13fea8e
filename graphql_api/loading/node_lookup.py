"""Finds objects by their global ids."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Model

from events.selectors import deliveries_by_id
from graphql_api.access.permissions import HasScope
from graphql_api.clients.models import SchemaUse
from graphql_api.ids import not_an_id, number_of, split, uuid_of
from graphql_api.loading.batch import as_batch
from graphql_server.errors import ApiError, Code
from orders import selectors
from tenants.auth import members, tokens
from tenants.context import current_caller
from webhooks.services import endpoints_by_id

MAX_IDS = 100


def audit_records_at(positions: Sequence[int]) -> dict[int, Any]:
    """The audit records at these positions."""
    return {record.position: record for record in selectors.audit_records().filter(position__in=positions)}


def tokens_by_id(ids: Sequence[UUID]) -> dict[UUID, Any]:
    """The tokens with these ids that belong to the tenant."""
    return tokens.tokens().in_bulk(list(ids))


def invitations_by_id(ids: Sequence[UUID]) -> dict[UUID, Any]:
    """The open invitations with these ids that belong to the tenant."""
    return members.invitations().in_bulk(list(ids))


def uses_by_id(ids: Sequence[UUID]) -> dict[UUID, Any]:
    """The counts with these ids that belong to the tenant."""
    found: dict[UUID, Any] = SchemaUse.objects.in_bulk(list(ids))
    return found


def in_uuid(type_name: str) -> Callable[[str], UUID]:
    """Reads the ids of a type whose objects have UUIDs."""
    return lambda text: uuid_of(text, type_name)


def in_number(type_name: str) -> Callable[[str], int]:
    """Reads the ids of a type whose objects are counted."""
    return lambda text: number_of(text, type_name)


KINDS: dict[str, tuple[Callable[[str], Any], Callable[[Sequence[Any]], dict[Any, Any]]]] = {
    "Order": (in_uuid("Order"), selectors.orders_by_id),
    "Refund": (in_uuid("Refund"), selectors.refunds_by_id),
    "OrderEvent": (in_uuid("OrderEvent"), selectors.events_by_id),
    "Delivery": (in_uuid("Delivery"), deliveries_by_id),
    "OrderLine": (in_uuid("OrderLine"), selectors.lines_by_id),
    "AuditRecord": (in_number("AuditRecord"), audit_records_at),
    "ApiToken": (in_uuid("ApiToken"), tokens_by_id),
    "Invitation": (in_uuid("Invitation"), invitations_by_id),
    "SchemaUse": (in_uuid("SchemaUse"), uses_by_id),
    "WebhookEndpoint": (in_uuid("WebhookEndpoint"), endpoints_by_id),
}


SCOPES: dict[str, str] = {
    "AuditRecord": "audit:read",
    "ApiToken": "admin",
    "Invitation": "admin",
    "SchemaUse": "admin",
    "WebhookEndpoint": "admin",
}
"""Conditions for reading objects of a kind, beyond those for reading any."""


def local_id_of(text: str) -> tuple[str, Any]:
    """The kind of object that a global id is of, and its id in it.

    Raises:
        ApiError: no object could have this id, or the caller may not read objects of its kind.
    """
    kind = split(text)[0]
    if kind not in KINDS:
        raise not_an_id("an object")
    if kind in SCOPES:
        HasScope(SCOPES[kind]).check(current_caller())
    return kind, KINDS[kind][0](text)


def look_up(ids: Sequence[str]) -> list[Model | ApiError | None]:
    """At each place the object, None if there is none, or an error: a malformed id, or one that needs a scope.

    One statement for each kind of object. Another tenant's object is not found.

    Raises:
        ApiError: there are too many ids.
    """
    if len(ids) > MAX_IDS:
        raise ApiError(Code.BAD_USER_INPUT, f"At most {MAX_IDS} ids at once.")
    wanted = [read(text) for text in ids]
    local_ids: dict[str, list[Any]] = defaultdict(list)
    for one in wanted:
        if not isinstance(one, ApiError):
            local_ids[one[0]].append(one[1])
    found = {kind: KINDS[kind][1](some) for kind, some in local_ids.items()}
    for objects in found.values():
        as_batch(objects.values())
    return [one if isinstance(one, ApiError) else found[one[0]].get(one[1]) for one in wanted]


def read(text: str) -> tuple[str, Any] | ApiError:
    """Like :func:`local_id_of`, with the error as a value."""
    try:
        return local_id_of(text)
    except ApiError as error:
        return error
