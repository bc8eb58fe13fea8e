"""API tokens."""

from datetime import datetime

import strawberry
import strawberry_django
from strawberry.types import Info

from graphql_api.ids import global_id
from graphql_api.types.connections import Connection, Slice, page_of
from graphql_api.types.outcomes import UserError
from graphql_server.context import Context
from tenants import models, tokens
from tenants.keyset import Keyset, Window, uuid

NEWEST_FIRST = Keyset("api_tokens.uuid.desc", (uuid("id"),), descending=True)


@strawberry_django.type(
    models.ApiToken,
    name="ApiToken",
    description=(
        "A secret that a program calls with, as `Authorization: Bearer <token>`, here without its text: only a hash of "
        "that is kept."
    ),
)
class ApiToken:
    """A token's row."""

    @strawberry.field(description="The token's `id`, for `revokeApiToken`.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("ApiToken", self.id))

    name: str = strawberry_django.field(description="What it is for, as its maker said.")
    prefix: str = strawberry_django.field(description="Its first characters, to tell it by, here and in the logs.")
    scopes: list[str] = strawberry_django.field(description="What a program may do with it, such as `orders:read`.")
    created_at: datetime = strawberry_django.field(description="When it was made.")
    expires_at: datetime | None = strawberry_django.field(description="When it ends by itself; null is never.")
    revoked_at: datetime | None = strawberry_django.field(description="When it was revoked; null if it was not.")
    last_used_at: datetime | None = strawberry_django.field(
        description="When it was last used, to the minute; null if never."
    )


@strawberry.type(name="ApiTokenConnection", description="One page of tokens, newest first.")
class ApiTokenConnection(Connection[ApiToken]):
    """A page of tokens."""


@strawberry.input(description="A token to be.")
class CreateApiTokenInput:
    """A new token."""

    name: str = strawberry.field(description=f"What it is for; at most {tokens.MAX_NAME} characters.")
    scopes: list[str] = strawberry.field(
        description="What it may do: some of your own scopes (`viewer { scopes }`), at least one."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it ends by itself, in the future; never if not given."
    )


@strawberry.type(description="The answer of `createApiToken`.")
class CreateApiTokenPayload:
    """A new token."""

    api_token: ApiToken | None = strawberry.field(description="The token; null if none was made.")
    text: str | None = strawberry.field(
        description="The secret itself, shown this once: nobody can show it again. Null if none was made."
    )
    user_errors: list[UserError] = strawberry.field(description="What is wrong with the input; empty if it was made.")


@strawberry.input(description="A token to be ended.")
class RevokeApiTokenInput:
    """A token."""

    id: strawberry.ID = strawberry.field(description="The token's `id`.")


@strawberry.type(description="The answer of `revokeApiToken`.")
class RevokeApiTokenPayload:
    """A revoked token."""

    api_token: ApiToken | None = strawberry.field(description="The token; null if there is none.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.")


def token_page(info: Info[Context, None], first: int | None, after: str | None) -> Slice:
    """A page of the tenant's tokens, newest first."""
    return page_of(info, NEWEST_FIRST, tokens.tokens(), Window(first=first, after=after))
