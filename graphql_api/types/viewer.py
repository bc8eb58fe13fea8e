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
    description=("A company that owns data. A caller never sees another tenant's data."),
)
class Tenant:
    """The caller's tenant."""

    slug: str = strawberry_django.field(description="The tenant's short name, used in URLs and logs.")
    name: str = strawberry_django.field(description="The tenant's name.")
    default_currency: str = strawberry_django.field(
        description="The ISO 4217 code of the currency that an order gets if it does not name one."
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
            "The tenants that the caller can act for, sorted by name: all tenants of a person, or the tenant of a "
            "token. To act for another of these tenants, send its slug in the header `X-Tenant`."
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
            "The current time of the server's clock, which also gives `occurredAt` and `createdAt`. To estimate "
            "the difference between the clocks, a client compares this time with its own time halfway between "
            "request and response."
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
