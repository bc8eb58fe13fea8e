"""The audit trail."""

from datetime import datetime
from typing import Any, Self, cast

import strawberry
import strawberry_django
from strawberry.scalars import JSON
from strawberry.types import Info

from audit.models import AuditLog
from audit.verification import Verification
from graphql_api.ids import global_id
from graphql_api.types.connections import Connection, Slice, page_of, tenant_of
from graphql_api.types.nodes import Node
from graphql_server.context import Context
from graphql_server.errors import ApiError, Code
from tenants.keyset import InvalidPage, Keyset, Window, number

NEWEST_FIRST = Keyset("audit.position.desc", (number("position"),), descending=True)


@strawberry_django.type(
    AuditLog,
    name="AuditRecord",
    description=(
        "One thing that was done: who, what, to which object. Records are only ever added, each chained by its hash to "
        "the one before."
    ),
)
class AuditRecord(Node):
    """A record; its id is its position, which counts in its tenant alone."""

    @strawberry.field(description="The record's global id.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("AuditRecord", self.position))

    position: str = strawberry_django.field(
        description="The record's place in the chain, 1, 2, 3 …: an integer of up to 64 bits, as a string."
    )
    action: str = strawberry_django.field(description="What was done, such as `ORDER_CREATED`.")
    metadata: JSON = strawberry_django.field(description="What else is known of it, such as the fields that changed.")
    actor: str = strawberry_django.field(
        description="Who did it: `user:<name>`, `token:<its first characters>`, `demo` or `system`."
    )
    ip: str | None = strawberry_django.field(description="The network address that the request came from.")
    request_id: str = strawberry_django.field(
        description="The id of the request that did it, as its `X-Request-Id` header said; empty where there was none."
    )
    created_at: datetime = strawberry_django.field(description="When the record was written.")
    previous_hash: str = strawberry_django.field(
        description="The hash of the record before, in hex; zeros before the first."
    )
    hash: str = strawberry_django.field(description="SHA-256, in hex, over this record and the hash before it.")

    @strawberry.field(description="The id of what it was done to: an order's `id`.")
    def object_id(self) -> str:
        return global_id("Order", self.object_id) if self.action.startswith("ORDER_") else self.object_id

    @strawberry.field(description="The `id` of the event that the record is about.")
    def event_id(self) -> strawberry.ID | None:
        return strawberry.ID(global_id("OrderEvent", self.event_id)) if self.event_id else None


@strawberry.type(name="AuditLogConnection", description="One page of audit records, newest first.")
class AuditLogConnection(Connection[AuditRecord]):
    """A page of the trail."""


@strawberry.type(description="What a check of the audit chain found, in the part that was checked.")
class AuditVerification:
    """The outcome of a walk along the chain."""

    is_intact: bool = strawberry.field(
        description="Whether every record that was checked is as it was written, and none is missing."
    )
    verified: int = strawberry.field(description="How many records were found sound.")
    broken_at: str | None = strawberry.field(description="The position of the first record that is not.")
    verified_to: str = strawberry.field(
        description="The position up to which the chain was found sound; give it as `after` to go on."
    )
    is_complete: bool = strawberry.field(
        description="Whether the check came to the newest record. If not, and all was intact, ask on with `after`."
    )
    checkpoint: str = strawberry.field(
        description=(
            "The position up to which records were removed once they were past their retention; `0` if none was. The "
            "chain begins behind it."
        )
    )
    is_checkpoint_known: bool = strawberry.field(
        description=(
            "Whether it is known that it was pruning that removed what is before the checkpoint: true if nothing was "
            "removed. The API knows no anchors and can't tell; an operator's `manage.py audit verify` can."
        )
    )

    @classmethod
    def of(cls, found: Verification) -> Self:
        """What a walk found, in the API's types."""
        return cls(
            is_intact=found.is_intact,
            verified=found.verified,
            broken_at=None if found.broken_at is None else str(found.broken_at),
            verified_to=str(found.reached),
            is_complete=found.is_complete,
            checkpoint=str(found.checkpoint),
            is_checkpoint_known=found.is_checkpoint_known,
        )


def position_of(text: str) -> int:
    """A position that a client sent: it counts up to 64 bits, so it is a string.

    Raises:
        ApiError: it is not one.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < 2**63):
        raise ApiError(Code.BAD_USER_INPUT, "after is a position: a whole number in digits.")
    return int(text)


def position_before(info: Info[Context, Any], cursor: str) -> int:
    """The position that a list, newest first, goes on below.

    Raises:
        ApiError: the cursor is not one of this list.
    """
    try:
        return cast("int", NEWEST_FIRST.values(tenant_of(info), cursor)[0])
    except InvalidPage as error:
        raise ApiError(Code.BAD_USER_INPUT, str(error)) from None


def audit_page(info: Info[Context, None], records: object, first: int | None, after: str | None) -> Slice:
    """A page of the trail, newest first."""
    return page_of(info, NEWEST_FIRST, records, Window(first=first, after=after))
