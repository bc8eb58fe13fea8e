"""The default tenant, and in the embedded default the person who logs in there."""

from typing import Any

from django.conf import settings

from tenants.models import Membership, Tenant, User
from tenants.values.identifiers import default_tenant_id

DEMO_USER, DEMO_PASSWORD = "demo", "demo"  # open by design, and only where ORDERS_DEMO holds


def ensure_default_tenant(**_: Any) -> None:
    """Make the default tenant if it is missing; a repeat changes nothing. Runs after migrate and flush."""
    slug = settings.DEFAULT_TENANT
    if slug:
        names = {"slug": slug, "name": slug.capitalize(), "default_currency": settings.DEFAULT_CURRENCY}
        Tenant.objects.get_or_create(id=default_tenant_id(slug), defaults=names)


def ensure_demo_user() -> User:
    """Make the demo login, an admin of the default tenant, if it is missing; a repeat changes nothing."""
    tenant = Tenant.objects.get(slug=settings.DEFAULT_TENANT)
    user, created = User.objects.get_or_create(username=DEMO_USER, defaults={"is_staff": True, "is_superuser": True})
    if created:
        user.set_password(DEMO_PASSWORD)
        user.save(update_fields=["password"])
    Membership.objects.get_or_create(user=user, tenant=tenant, defaults={"role": Membership.Role.ADMIN})
    return user
