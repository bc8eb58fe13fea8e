"""A tenant's people, and the invitations to become one."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import TypeAlias, cast

import strawberry
import strawberry_django
from strawberry.types import Info

from graphql_api.access.context import Context
from graphql_api.ids import global_id
from graphql_api.types.enums import describe
from graphql_api.types.node import Node
from graphql_api.types.pagination import Connection
from tenants import models
from tenants.auth import members
from tenants.auth.tokens import MAX_NAME, Refusal

describe(
    models.Membership.Role,
    "MemberRole",
    "What a member may do.",
    {
        "VIEWER": "Read orders and events: `orders:read`.",
        "OPERATOR": "Read, place and change orders: `orders:read` and `orders:write`.",
        "AUDITOR": "Read orders and the audit trail: `orders:read` and `audit:read`.",
        "ADMIN": "Everything, including tokens, webhooks, members and receivers: all scopes.",
    },
)
MemberRole: TypeAlias = models.Membership.Role


@strawberry_django.type(
    models.Membership, name="Member", description=("A person who belongs to your tenant and signs in with a password.")
)
class Member:
    """A membership's row, with its user."""

    role: MemberRole = strawberry_django.field(description="What the member may do.")

    @strawberry.field(description="The name that the member signs in with. It identifies the member.")
    def name(self) -> str:
        return cast("models.Membership", self).user.get_username()

    @strawberry.field(description="The member's first and last name. Null if not given.")
    def full_name(self) -> str | None:
        return cast("models.Membership", self).user.get_full_name() or None

    @strawberry.field(description="The member's e-mail address. Null if not given.")
    def email(self) -> str | None:
        return cast("models.Membership", self).user.email or None

    @strawberry.field(description="Whether the account is active. A member with an inactive account cannot sign in.")
    def is_active(self) -> bool:
        return cast("models.Membership", self).user.is_active

    @strawberry.field(description="Whether this member is the caller.")
    def is_viewer(self, info: Info[Context, None]) -> bool:
        return cast("models.Membership", self).user_id == info.context.caller.user_id


@strawberry.type(name="MemberConnection", description="One page of members, by name.")
class MemberConnection(Connection[Member]):
    """A page of members."""


@strawberry_django.type(
    models.Invitation,
    name="Invitation",
    description=(
        "A link that lets one person join your tenant. It works only once, and no longer after it expires "
        "or is withdrawn."
    ),
)
class Invitation(Node):
    """An invitation's row."""

    @strawberry.field(description="The invitation's global id.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("Invitation", self.id))

    name: str = strawberry_django.field(description="The invited person's name, as entered by the admin.")
    role: MemberRole = strawberry_django.field(description="What the person may do as a member.")
    created_at: datetime = strawberry_django.field(description="When the invitation was created.")
    created_by: str = strawberry_django.field(
        description=("The caller who made the invitation, as in `viewer { actor }`.")
    )
    expires_at: datetime = strawberry_django.field(description="When the link expires.")


@strawberry.enum(description="The error codes of mutations that manage members.")
class MemberErrorCode(Enum):
    """The codes of :mod:`tenants.auth.members`."""

    REQUIRED = strawberry.enum_value("REQUIRED", description="A required value is missing.")
    INVALID = strawberry.enum_value("INVALID", description="The value breaks a rule. The message names the rule.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="There is no such member or invitation.")
    LAST_ADMIN = strawberry.enum_value(
        "LAST_ADMIN", description=("The change would leave the tenant without an admin.")
    )
    LIMIT_EXCEEDED = strawberry.enum_value(
        "LIMIT_EXCEEDED", description="The value is too long, or there are too many open invitations."
    )


@strawberry.type(
    description=("An error in the input of a mutation that manages members. The client can correct the input.")
)
class MemberUserError:
    """A rule that the input breaks."""

    code: MemberErrorCode = strawberry.field(description="The error's code, for programs.")
    field: list[str] | None = strawberry.field(
        description=(
            'The path of the field in `input`, such as `["role"]`. Null if the error is not about a single field.'
        )
    )
    message: str = strawberry.field(description="The error as an English sentence, for people.")


def user_errors_of(refusals: Sequence[Refusal]) -> list[MemberUserError]:
    """Refusals of the services as data."""
    return [
        MemberUserError(code=MemberErrorCode[one.code], field=list(one.path) or None, message=one.message)
        for one in refusals
    ]


NAME = "The member's `name`."
ERRORS = "Errors in the input. If there are any, nothing was changed. Empty on success."


@strawberry.input(description="A new invitation.")
class InviteMemberInput:
    """A person to be invited."""

    name: str = strawberry.field(
        description=f"The invited person's name, for the list of open invitations, at most {MAX_NAME} characters."
    )
    role: MemberRole = strawberry.field(
        description="What the person may do as a member. You can only give roles whose scopes you have."
    )


@strawberry.input(description="The invitation to withdraw.")
class WithdrawInvitationInput:
    """An invitation."""

    id: strawberry.ID = strawberry.field(description="The `id` of the invitation.")


@strawberry.input(description="A member, and the new role.")
class ChangeMemberRoleInput:
    """A member."""

    name: str = strawberry.field(description=NAME)
    role: MemberRole = strawberry.field(description="The new role. You can only give roles whose scopes you have.")


@strawberry.input(description="The member to remove.")
class RemoveMemberInput:
    """A member."""

    name: str = strawberry.field(description=NAME)


@strawberry.type(description="The result of `inviteMember`.")
class InviteMemberPayload:
    """A new invitation."""

    invitation: Invitation | None = strawberry.field(description="The invitation. Null if the input was refused.")
    path: str | None = strawberry.field(
        description=(
            "The path of the link on this server. The path is a secret: send the link only to the invited person. The "
            f"path is returned only once, and the link works for {members.LIFETIME.days} days. Null if the input was "
            "refused."
        )
    )
    user_errors: list[MemberUserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="The result of `withdrawInvitation`.")
class WithdrawInvitationPayload:
    """A withdrawn invitation."""

    withdrawn_id: strawberry.ID | None = strawberry.field(
        description="The `id` of the withdrawn invitation. Null if the input was refused."
    )
    user_errors: list[MemberUserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="The result of `changeMemberRole`.")
class ChangeMemberRolePayload:
    """A changed member."""

    member: Member | None = strawberry.field(description="The member. Null if the input was refused.")
    user_errors: list[MemberUserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="The result of `removeMember`.")
class RemoveMemberPayload:
    """A removed member."""

    removed_name: str | None = strawberry.field(
        description="The `name` of the removed member. Null if the input was refused."
    )
    user_errors: list[MemberUserError] = strawberry.field(description=ERRORS)
