"""The audit trail."""

from datetime import datetime
from enum import Enum
from typing import Self, cast

import strawberry
import strawberry_django
from strawberry.scalars import JSON

from audit.models import AuditLog
from audit.verification import Verification
from graphql_api.ids import global_id
from graphql_api.types.node import Node
from graphql_api.types.pagination import Connection
from orders.event_types import OTHER_ACTION


@strawberry.enum(description="The action that an audit record documents.")
class AuditAction(Enum):
    """The actions of :mod:`orders.event_types`."""

    ORDER_CREATED = strawberry.enum_value("ORDER_CREATED", description="An order was created.")
    ORDER_PAID = strawberry.enum_value("ORDER_PAID", description="An order was paid.")
    ORDER_SHIPPED = strawberry.enum_value("ORDER_SHIPPED", description="An order was handed to a carrier.")
    ORDER_DELIVERED = strawberry.enum_value("ORDER_DELIVERED", description="An order was delivered to the customer.")
    ORDER_CANCELLED = strawberry.enum_value("ORDER_CANCELLED", description="An order was cancelled.")
    ORDER_UPDATED = strawberry.enum_value(
        "ORDER_UPDATED", description="An order's customer, reference, metadata, notes or tags changed."
    )
    ORDER_REFUNDED = strawberry.enum_value(
        "ORDER_REFUNDED", description="An order's payment was refunded, fully or in part."
    )
    ORDER_CHANGED_OUT_OF_BAND = strawberry.enum_value(
        "ORDER_CHANGED_OUT_OF_BAND",
        description="An order was changed directly in the database, and the server noticed it afterwards.",
    )
    OTHER = strawberry.enum_value(
        OTHER_ACTION, description="Another action, recorded by an extension of the server. See `actionName`."
    )


@strawberry_django.type(
    AuditLog,
    name="AuditRecord",
    description=(
        "A record of the audit trail: who did what to which object. Records are only added, never changed. Each "
        "contains the hash of the record before it."
    ),
)
class AuditRecord(Node):
    """A record; its id is its position, which counts in its tenant alone."""

    @strawberry.field(description="The record's global id.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("AuditRecord", self.position))

    position: str = strawberry_django.field(
        description=("The record's position in the chain: 1, 2, 3 and so on. An integer of up to 64 bits, as a string.")
    )
    action_name: str = strawberry_django.field(
        field_name="action", description="The name of the action exactly as it is stored and hashed."
    )
    metadata: JSON = strawberry_django.field(description=("Further details of the action, such as the changed fields."))
    actor: str = strawberry_django.field(
        description="The actor: `user:<name>`, `token:<its first characters>`, `demo` or `system`."
    )
    ip: str | None = strawberry_django.field(
        description=("The IP address of the request. Null if there was no request.")
    )
    created_at: datetime = strawberry_django.field(description="When the record was written.")
    previous_hash: str = strawberry_django.field(
        description="The hash of the record before this one, in hexadecimal. All zeros for the first record."
    )
    hash: str = strawberry_django.field(
        description=("The SHA-256 hash of this record and `previousHash`, in hexadecimal.")
    )

    @strawberry.field(
        description="The id of the request, from its `X-Request-Id` header. Null if there was no request."
    )
    def request_id(self) -> str | None:
        return cast("AuditLog", self).request_id or None

    @strawberry.field(description="The action.")
    def action(self) -> AuditAction:
        return AuditAction.__members__.get(cast("AuditLog", self).action, AuditAction.OTHER)

    @strawberry.field(description="The id of the object that was changed, such as an order's `id`.")
    def object_id(self) -> str:
        row = cast("AuditLog", self)
        return global_id("Order", row.object_id) if row.action.startswith("ORDER_") else row.object_id

    @strawberry.field(description="The `id` of the event that the record is about. Null if there is no event.")
    def event_id(self) -> strawberry.ID | None:
        return strawberry.ID(global_id("OrderEvent", self.event_id)) if self.event_id else None


@strawberry.type(name="AuditRecordConnection", description="One page of audit records, newest first.")
class AuditRecordConnection(Connection[AuditRecord]):
    """A page of the trail."""


@strawberry.type(name="AuditLogConnection", description="The old name of `AuditRecordConnection`.")
class AuditLogConnection(Connection[AuditRecord]):
    """An old name."""


@strawberry.type(description="The result of a check of the audit trail's hash chain.")
class AuditVerification:
    """The outcome of a walk along the chain."""

    is_intact: bool = strawberry.field(
        description="Whether every checked record is unchanged and no record is missing."
    )
    verified: int = strawberry.field(description="The number of records that were checked and found unchanged.")
    broken_at: str | None = strawberry.field(
        description=("The position of the first record that is changed or missing. Null if the checked part is intact.")
    )
    verified_to: str = strawberry.field(
        description="The position up to which the chain is intact. Pass it as `after` to check the next part."
    )
    is_complete: bool = strawberry.field(
        description=(
            "Whether the check reached the newest record. If it did not and `isIntact` is true, continue with `after`."
        )
    )
    checkpoint: str = strawberry.field(
        description=(
            "The position up to which old records were pruned after their retention period; `0` if none were "
            "pruned. The chain starts after it."
        )
    )
    is_checkpoint_known: bool = strawberry.field(
        description=(
            "Whether it is proven that the records before the checkpoint were removed by pruning. True if none "
            "were removed. The API cannot prove it, because it has no access to the anchors; an operator can, "
            "with `manage.py audit verify`."
        )
    )

    @classmethod
    def of(cls, found: Verification) -> Self:
        """The result of a verification, in the API's types."""
        return cls(
            is_intact=found.is_intact,
            verified=found.verified,
            broken_at=None if found.broken_at is None else str(found.broken_at),
            verified_to=str(found.reached),
            is_complete=found.is_complete,
            checkpoint=str(found.checkpoint),
            is_checkpoint_known=found.is_checkpoint_known,
        )
