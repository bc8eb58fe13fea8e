"""Who is asking."""

from datetime import datetime
from typing import cast
from uuid import UUID

import strawberry
import strawberry_django
from django.utils import timezone

from tenants import models
from tenants.context import Caller


@strawberry_django.type(
    models.Tenant, name="Tenant", description="The company whose orders these are. Nobody sees another's."
)
class Tenant:
    """The caller's tenant."""

    slug: str = strawberry_django.field(description="Its short name in addresses and logs.")
    name: str = strawberry_django.field(description="Its name.")
    default_currency: str = strawberry_django.field(
        description="The currency, by its ISO 4217 code, of orders that name none."
    )


@strawberry.type(description="Who you are here, and what you may do.")
class Viewer:
    """The caller."""

    caller: strawberry.Private[Caller]

    @strawberry.field(description="The tenant that you act for.")
    def tenant(self) -> Tenant:
        return cast("Tenant", models.Tenant.objects.get(pk=cast("UUID", self.caller.tenant_id)))

    @strawberry.field(
        description="Your name in events and audit records: `user:<name>`, `token:<its first characters>` or `demo`."
    )
    def actor(self) -> str:
        return self.caller.actor

    @strawberry.field(description="What you may do, such as `orders:write`.")
    def scopes(self) -> list[str]:
        return sorted(self.caller.scopes)

    @strawberry.field(
        description=(
            "What time it is on the server's clock, from which `occurredAt` and `createdAt` are read: what your clock "
            "should say halfway between this question and its answer."
        )
    )
    def server_time(self) -> datetime:
        return timezone.now()

    @strawberry.field(
        description="Whether this is the open demo, where everybody on this machine may do anything without a login."
    )
    def is_demo(self) -> bool:
        return self.caller.is_demo
