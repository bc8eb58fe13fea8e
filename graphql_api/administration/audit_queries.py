"""Reads of the audit trail."""

from typing import Annotated

import strawberry
from strawberry.types import Info

from audit.verification import verify_audit_log
from graphql_api.access.context import Context
from graphql_api.access.permissions import HasScope
from graphql_api.ids import split
from graphql_api.old_names import replaced_by
from graphql_api.pages.audit_pages import audit_page, position_of
from graphql_api.types.arguments import After, Before, First, Last
from graphql_api.types.audit_records import AuditAction, AuditLogConnection, AuditRecordConnection, AuditVerification
from graphql_server.errors import ApiError, Code
from orders import selectors
from tenants.pagination.keyset import PageRequest

MOST_VERIFIED = 10_000
"""Half a second's work, so that checking costs no more than a large page."""
ObjectId = Annotated[
    str | None,
    strawberry.argument(description=("Only records about the object with this `objectId`, such as an order's `id`.")),
]


@strawberry.type
class AuditQuery:
    """The queries of the audit trail."""

    @strawberry.field(description="The audit trail, newest first.", extensions=[HasScope("audit:read")])
    def audit_records(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        actions: Annotated[
            list[AuditAction] | None,
            strawberry.argument(description="Only records of these actions. Defaults to all actions."),
        ] = None,
        object_id: ObjectId = None,
    ) -> AuditRecordConnection:
        records = selectors.audit_records(
            actions=None if actions is None else {one.name for one in actions}, object_ids=stored_object_ids(object_id)
        )
        return AuditRecordConnection(part=audit_page(info, records, PageRequest(first, after, last, before)))

    @strawberry.field(
        description="The old name of `auditRecords`.",
        deprecation_reason=replaced_by("auditRecords"),
        extensions=[HasScope("audit:read")],
    )
    def audit_log(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        action: Annotated[
            str | None, strawberry.argument(description=("Only records of this action, such as `ORDER_PAID`."))
        ] = None,
        object_id: ObjectId = None,
    ) -> AuditLogConnection:
        records = selectors.audit_records(
            actions=None if action is None else {action}, object_ids=stored_object_ids(object_id)
        )
        return AuditLogConnection(part=audit_page(info, records, PageRequest(first, after)))

    @strawberry.field(
        description=(
            "Verify the audit trail's hash chain. One call checks at most `first` records, from the oldest or "
            "after the position `after`; `isComplete` says whether the newest record was reached. An operator can "
            "run `manage.py audit verify`, which checks the whole chain and compares it with anchors outside the "
            "database."
        ),
        extensions=[HasScope("audit:read")],
    )
    def audit_verify(
        self,
        first: Annotated[
            int, strawberry.argument(description=f"The number of records to check, from 1 to {MOST_VERIFIED}.")
        ] = MOST_VERIFIED,
        after: Annotated[
            str | None,
            strawberry.argument(
                description=("Check records after this position. Pass `verifiedTo` of the previous call.")
            ),
        ] = None,
    ) -> AuditVerification:
        if not 1 <= first <= MOST_VERIFIED:
            raise ApiError(Code.BAD_USER_INPUT, f"first must be from 1 to {MOST_VERIFIED}; it is {first}.")
        return AuditVerification.of(verify_audit_log(after=0 if after is None else position_of(after), limit=first))


def stored_object_ids(text: str | None) -> set[str] | None:
    """An object's id as the trail has it: an order's without its type. None: of any object."""
    if text is None:
        return None
    try:
        type_name, local_id = split(text)
    except ApiError:
        return {text}
    return {local_id if type_name == "Order" else text}
