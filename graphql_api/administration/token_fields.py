"""A tenant's tokens, for its admins."""

from typing import Annotated, TypeVar, cast

import strawberry
from strawberry.types import Info

from graphql_api.access.permissions import HasScope
from graphql_api.context import Context
from graphql_api.ids import uuid_of
from graphql_api.types.api_tokens import (
    ApiToken,
    ApiTokenConnection,
    CreateApiTokenInput,
    CreateApiTokenPayload,
    RevokeApiTokenInput,
    RevokeApiTokenPayload,
    token_page,
)
from graphql_api.types.arguments import After, First
from graphql_api.types.enums import OrderErrorCode
from graphql_api.types.payloads import UserError
from tenants.auth import tokens

T = TypeVar("T")
Input = Annotated[T, strawberry.argument(description="The mutation's input.")]


@strawberry.type
class TokenQuery:
    """What Query has of tokens."""

    @strawberry.field(
        description="Your tenant's API tokens, newest first, including expired and revoked tokens.",
        extensions=[HasScope("admin")],
    )
    def api_tokens(self, info: Info[Context, None], first: First = None, after: After = None) -> ApiTokenConnection:
        return ApiTokenConnection(part=token_page(info, first, after))


@strawberry.type
class TokenMutation:
    """What Mutation has for tokens; all of it needs the scope ``admin``."""

    @strawberry.mutation(
        description=("Create an API token for your tenant. Only this response contains the token's text."),
        extensions=[HasScope("admin")],
    )
    def create_api_token(self, input: Input[CreateApiTokenInput]) -> CreateApiTokenPayload:
        try:
            row, text = tokens.issue(name=input.name, scopes=input.scopes, expires_at=input.expires_at)
        except tokens.TokenRefused as error:
            said = [
                UserError(code=OrderErrorCode[one.code], field=list(one.path), message=one.message)
                for one in error.refusals
            ]
            return CreateApiTokenPayload(api_token=None, text=None, user_errors=said)
        return CreateApiTokenPayload(api_token=cast("ApiToken", row), text=text, user_errors=[])

    @strawberry.mutation(
        description=(
            "Revoke an API token permanently. Within two seconds the token is refused and its subscriptions end. "
            "Revoking a token twice changes nothing."
        ),
        extensions=[HasScope("admin")],
    )
    def revoke_api_token(self, input: Input[RevokeApiTokenInput]) -> RevokeApiTokenPayload:
        row = tokens.revoke(uuid_of(input.id, "ApiToken"))
        if row is None:
            said = UserError(code=OrderErrorCode.NOT_FOUND, field=["id"], message="There is no such token.")
            return RevokeApiTokenPayload(api_token=None, user_errors=[said])
        return RevokeApiTokenPayload(api_token=cast("ApiToken", row), user_errors=[])
