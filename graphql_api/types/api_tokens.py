"""API tokens."""

from datetime import datetime
from enum import Enum

import strawberry
import strawberry_django
from strawberry.types import Info

from graphql_api.access.context import Context
from graphql_api.ids import global_id
from graphql_api.pages.slices import Slice, page_of
from graphql_api.types.node import Node
from graphql_api.types.pagination import Connection
from tenants import models
from tenants.auth import tokens
from tenants.pagination.keyset import Keyset, PageRequest, uuid

NEWEST_FIRST = Keyset("api_tokens.uuid.desc", (uuid("id"),), descending=True)


@strawberry_django.type(
    models.ApiToken,
    name="ApiToken",
    description=(
        "A token that a program sends to the API as `Authorization: Bearer <token>`. The server stores only the "
        "token's hash, so it cannot show the text again."
    ),
)
class ApiToken(Node):
    """A token's row."""

    @strawberry.field(description="The token's global id.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("ApiToken", self.id))

    name: str = strawberry_django.field(description="The token's name, which states its purpose.")
    prefix: str = strawberry_django.field(
        description=("The token's first characters, which identify it here and in the logs.")
    )
    scopes: list[str] = strawberry_django.field(
        description=("The scopes that the token grants, such as `orders:read`.")
    )
    created_at: datetime = strawberry_django.field(description="When the token was created.")
    expires_at: datetime | None = strawberry_django.field(
        description=("When the token expires. Null if it never expires.")
    )
    revoked_at: datetime | None = strawberry_django.field(
        description=("When the token was revoked. Null if it was not revoked.")
    )
    last_used_at: datetime | None = strawberry_django.field(
        description="When the token was last used, accurate to one minute. Null if it was never used."
    )


@strawberry.type(name="ApiTokenConnection", description="One page of API tokens, newest first.")
class ApiTokenConnection(Connection[ApiToken]):
    """A page of tokens."""


@strawberry.input(description="A new API token.")
class CreateApiTokenInput:
    """A new token."""

    name: str = strawberry.field(
        description=(f"A name that says what the token is for, at most {tokens.MAX_NAME} characters.")
    )
    scopes: list[str] = strawberry.field(
        description=(
            "The token's scopes, at least one. You can only give scopes that you have yourself (`viewer { scopes }`)."
        )
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When the token expires, in the future. Without it, the token never expires."
    )


@strawberry.enum(description="The error codes of mutations that manage API tokens.")
class ApiTokenErrorCode(Enum):
    """The codes of :mod:`tenants.auth.tokens`."""

    REQUIRED = strawberry.enum_value("REQUIRED", description="A required value is missing.")
    INVALID = strawberry.enum_value("INVALID", description="The value breaks a rule. The message names the rule.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="There is no such token.")
    LIMIT_EXCEEDED = strawberry.enum_value("LIMIT_EXCEEDED", description="The value is too long.")


@strawberry.type(
    description=("An error in the input of a mutation that manages API tokens. The client can correct the input.")
)
class ApiTokenUserError:
    """A rule that the input breaks."""

    code: ApiTokenErrorCode = strawberry.field(description="The error's code, for programs.")
    field: list[str] | None = strawberry.field(
        description=(
            'The path of the field in `input`, such as `["scopes", "0"]`. Null if the error is not about a '
            "single field."
        )
    )
    message: str = strawberry.field(description="The error as an English sentence, for people.")


@strawberry.type(description="The result of `createApiToken`.")
class CreateApiTokenPayload:
    """A new token."""

    api_token: ApiToken | None = strawberry.field(description="The new token. Null if the input was refused.")
    text: str | None = strawberry.field(
        description=("The token's text, which is the secret. It is returned only once. Null if the input was refused.")
    )
    user_errors: list[ApiTokenUserError] = strawberry.field(
        description=("Errors in the input. If there are any, no token was created. Empty on success.")
    )


@strawberry.input(description="The token to revoke.")
class RevokeApiTokenInput:
    """A token."""

    id: strawberry.ID = strawberry.field(description="The `id` of the token.")


@strawberry.type(description="The result of `revokeApiToken`.")
class RevokeApiTokenPayload:
    """A revoked token."""

    api_token: ApiToken | None = strawberry.field(description="The revoked token. Null if there is no such token.")
    user_errors: list[ApiTokenUserError] = strawberry.field(
        description=("Errors in the input. If there are any, nothing was changed. Empty on success.")
    )


def token_page(info: Info[Context, None], asked: PageRequest) -> Slice:
    """A page of the tenant's tokens, newest first."""
    return page_of(info, NEWEST_FIRST, tokens.tokens(), asked)
