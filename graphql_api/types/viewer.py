"""The caller of the operation."""

from datetime import datetime
from typing import cast
from uuid import UUID

import strawberry
import strawberry_django
from django.utils import timezone

from tenants import models
from tenants.context import Caller
from tenants.selectors import tenants_of


@strawberry_django.type(
    models.Tenant,
    name="Tenant",
    description=("The company that owns the data. A caller never sees another tenant's data."),
)
class Tenant:
    """The caller's tenant."""

    slug: str = strawberry_django.field(description="The tenant's short name, used in URLs and logs.")
    name: str = strawberry_django.field(description="The tenant's name.")
    default_currency: str = strawberry_django.field(
        description="The ISO 4217 code of the currency for orders that give none."
    )


@strawberry.type(description="The caller of the API.")
class Viewer:
    """The caller."""

    caller: strawberry.Private[Caller]

    @strawberry.field(description="The tenant of the caller.")
    def tenant(self) -> Tenant:
        return cast("Tenant", models.Tenant.objects.get(pk=cast("UUID", self.caller.tenant_id)))

    @strawberry.field(
        description=(
            "The tenants that the caller can act for, by name: those that a person belongs to, or a token's own. "
            "`X-Tenant` names another for one request, by its slug."
        )
    )
    def tenants(self) -> list[Tenant]:
        if self.caller.user_id is None:
            return [self.tenant()]
        return cast("list[Tenant]", list(tenants_of(self.caller.user_id)))

    @strawberry.field(
        description=(
            "The caller's name in events and audit records: `user:<name>`, `token:<its first characters>` or `demo`."
        )
    )
    def actor(self) -> str:
        return self.caller.actor

    @strawberry.field(description="The caller's scopes, such as `orders:write`.")
    def scopes(self) -> list[str]:
        return sorted(self.caller.scopes)

    @strawberry.field(
        description=(
            "The current time of the server's clock, which also gives `occurredAt` and `createdAt`. A client "
            "compares it with its own clock halfway between request and response."
        )
    )
    def server_time(self) -> datetime:
        return timezone.now()

    @strawberry.field(
        description=(
            "Whether this is the open demo, in which every caller on this machine has all scopes without a login."
        )
    )
    def is_demo(self) -> bool:
        return self.caller.is_demo
