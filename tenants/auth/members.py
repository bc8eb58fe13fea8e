"""The current tenant's people: invited by an admin for no more than the admin may do, changed and removed."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tenants.auth.authentication import ROLE_SCOPES, digest
from tenants.auth.tokens import Refusal, wrong_name
from tenants.context import current_caller, current_tenant_id
from tenants.models import Invitation, Membership, User
from tenants.values.texts import unsafe_character

LIFETIME: Final = timedelta(days=7)
MOST_OPEN: Final = 100
NO_MEMBER = Refusal("NOT_FOUND", ("name",), "There is no such member.")
LAST_ADMIN = Refusal("LAST_ADMIN", ("name",), "This is the last admin. Make another member an admin first.")


class MemberRefused(ValueError):
    """Nothing was changed; ``refusals`` has all reasons."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__("; ".join(one.message for one in refusals))
        self.refusals: Sequence[Refusal] = refusals


def members() -> QuerySet[Membership]:
    """The tenant's people, with their accounts."""
    return Membership.objects.filter(tenant_id=current_tenant_id()).select_related("user")


def invitations() -> QuerySet[Invitation]:
    """The tenant's open invitations."""
    return Invitation.objects.filter(tenant_id=current_tenant_id(), expires_at__gt=timezone.now())


def invite(*, name: str, role: str) -> tuple[Invitation, str]:
    """Make a link by which one person joins with this role; return its row, and its secret, which can't be shown again.

    It ends after :data:`LIFETIME`. Invitations that have expired are removed.

    Raises:
        MemberRefused: the name breaks a rule, the caller may not give the role, or too many invitations are open.
    """
    if refusals := [*wrong_name(name), *wrong_role(role)]:
        raise MemberRefused(*refusals)
    tenant_id, now = current_tenant_id(), timezone.now()
    Invitation.objects.filter(tenant_id=tenant_id, expires_at__lte=now).delete()
    if invitations().count() >= MOST_OPEN:
        message = f"There may be at most {MOST_OPEN} open invitations. Withdraw one first."
        raise MemberRefused(Refusal("LIMIT_EXCEEDED", (), message))
    text = secrets.token_urlsafe(32)
    made = Invitation.objects.create(
        tenant_id=tenant_id,
        name=name,
        role=role,
        digest=digest(text),
        created_by=current_caller().actor,
        expires_at=now + LIFETIME,
    )
    return made, text


def withdraw(invitation_id: UUID) -> None:
    """End an invitation of the tenant.

    Raises:
        MemberRefused: there is none of this id; it may have been accepted.
    """
    if not Invitation.objects.filter(tenant_id=current_tenant_id(), pk=invitation_id).delete()[0]:
        raise MemberRefused(Refusal("NOT_FOUND", ("id",), "There is no such invitation. It may have been accepted."))


def change_role(name: str, role: str) -> Membership:
    """Give the member with this sign-in name another role; it counts from the member's next request.

    Raises:
        MemberRefused: there is no such member, the caller may not give the role, or it is the last admin.
    """
    if refusals := wrong_role(role):
        raise MemberRefused(*refusals)
    with transaction.atomic():
        member = locked(name, stays_admin=role == Membership.Role.ADMIN)
        member.role = role
        member.save(update_fields=["role"])
    return member


def remove(name: str) -> Membership:
    """End the membership of the member with this sign-in name; the account stays.

    Raises:
        MemberRefused: there is no such member, or it is the last admin.
    """
    with transaction.atomic():
        member = locked(name, stays_admin=False)
        members().filter(pk=member.pk).delete()
    return member


def locked(name: str, *, stays_admin: bool) -> Membership:
    """The member of this name; the tenant's admins can't be changed by others until the transaction ends.

    Raises:
        MemberRefused: there is no such member, or it is the last admin and would stay none.
    """
    admins = members().select_for_update(of=("self",)).filter(role=Membership.Role.ADMIN, user__is_active=True)
    admin_ids = {one.pk for one in admins}
    member = None if unsafe_character(name) else members().filter(user__username=name).first()
    if member is None:
        raise MemberRefused(NO_MEMBER)
    if admin_ids == {member.pk} and not stays_admin:
        raise MemberRefused(LAST_ADMIN)
    return member


def wrong_role(role: str) -> list[Refusal]:
    """Why the caller can't give this role: it allows more than the caller may do."""
    if ROLE_SCOPES[role] <= current_caller().scopes:
        return []
    return [Refusal("INVALID", ("role",), "You cannot give this role: it allows more than you may do.")]


# --- The invited person -----------------------------------------------------------------------------------------------


def invitation_of(text: str) -> Invitation | None:
    """The open invitation, of any tenant, with this secret."""
    alive = Invitation.objects.filter(expires_at__gt=timezone.now(), tenant__is_active=True)
    return alive.select_related("tenant").filter(digest=digest(text)).first()


def join(invitation: Invitation, user: User) -> Membership | None:
    """Make the person a member, and use the invitation up. None if it was used or withdrawn meanwhile.

    A person who belongs to the tenant already keeps their role; the invitation stays open then.
    """
    with transaction.atomic():
        mine, is_new = Membership.objects.get_or_create(
            user=user, tenant=invitation.tenant, defaults={"role": invitation.role}
        )
        if is_new and not Invitation.objects.filter(pk=invitation.pk).delete()[0]:
            transaction.set_rollback(True)
            return None
    return mine
