"""A tenant's members and invitations, for its admins."""

from typing import cast

import strawberry
from django.db.models import F
from django.urls import reverse
from strawberry.types import Info

from graphql_api.access.context import Context
from graphql_api.access.permissions import HasScope
from graphql_api.administration.member_types import (
    ChangeMemberRoleInput,
    ChangeMemberRolePayload,
    Invitation,
    InviteMemberInput,
    InviteMemberPayload,
    Member,
    MemberConnection,
    RemoveMemberInput,
    RemoveMemberPayload,
    WithdrawInvitationInput,
    WithdrawInvitationPayload,
    user_errors_of,
)
from graphql_api.ids import uuid_of
from graphql_api.pages.slices import page_of
from graphql_api.types.arguments import After, Before, First, Input, Last
from tenants.auth import members
from tenants.pagination.keyset import Keyset, PageRequest, text

MOST_OPEN = members.MOST_OPEN
BY_NAME = Keyset("members.username", (text("username"),))


@strawberry.type
class MemberQuery:
    """The queries of members."""

    @strawberry.field(description="The people who belong to your tenant, by name.", extensions=[HasScope("admin")])
    def members(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> MemberConnection:
        rows = members.members().annotate(username=F("user__username"))
        return MemberConnection(part=page_of(info, BY_NAME, rows, PageRequest(first, after, last, before)))

    @strawberry.field(
        description=f"Your tenant's open invitations, newest first, at most {MOST_OPEN}.",
        extensions=[HasScope("admin")],
    )
    def invitations(self) -> list[Invitation]:
        return cast("list[Invitation]", list(members.invitations().order_by("-pk")[:MOST_OPEN]))


@strawberry.type
class MemberMutation:
    """The mutations of members; all of them need the scope ``admin``."""

    @strawberry.mutation(
        description=(
            "Create a link that lets one person join your tenant, with an existing or a new account. Only this "
            "response contains the link."
        ),
        extensions=[HasScope("admin")],
    )
    def invite_member(self, input: Input[InviteMemberInput]) -> InviteMemberPayload:
        try:
            made, text = members.invite(name=input.name, role=input.role)
        except members.MemberRefused as error:
            return InviteMemberPayload(invitation=None, path=None, user_errors=user_errors_of(error.refusals))
        path = reverse("join", args=[text])
        return InviteMemberPayload(invitation=cast("Invitation", made), path=path, user_errors=[])

    @strawberry.mutation(description="End an open invitation. Its link stops working.", extensions=[HasScope("admin")])
    def withdraw_invitation(self, input: Input[WithdrawInvitationInput]) -> WithdrawInvitationPayload:
        try:
            members.withdraw(uuid_of(input.id, "Invitation"))
        except members.MemberRefused as error:
            return WithdrawInvitationPayload(withdrawn_id=None, user_errors=user_errors_of(error.refusals))
        return WithdrawInvitationPayload(withdrawn_id=input.id, user_errors=[])

    @strawberry.mutation(
        description=(
            "Give a member another role. It applies to the member's open connections within two seconds. The last "
            "admin cannot get another role."
        ),
        extensions=[HasScope("admin")],
    )
    def change_member_role(self, input: Input[ChangeMemberRoleInput]) -> ChangeMemberRolePayload:
        try:
            changed = members.change_role(input.name, input.role)
        except members.MemberRefused as error:
            return ChangeMemberRolePayload(member=None, user_errors=user_errors_of(error.refusals))
        return ChangeMemberRolePayload(member=cast("Member", changed), user_errors=[])

    @strawberry.mutation(
        description=(
            "Remove a member from your tenant. The server keeps the person's account and ends their connections "
            "within two seconds. The last admin cannot be removed."
        ),
        extensions=[HasScope("admin")],
    )
    def remove_member(self, input: Input[RemoveMemberInput]) -> RemoveMemberPayload:
        try:
            members.remove(input.name)
        except members.MemberRefused as error:
            return RemoveMemberPayload(removed_name=None, user_errors=user_errors_of(error.refusals))
        return RemoveMemberPayload(removed_name=input.name, user_errors=[])
