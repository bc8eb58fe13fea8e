"""A tenant's tokens, for its admins."""

from typing import cast

import strawberry
from strawberry.types import Info

from graphql_api.access.context import Context
from graphql_api.access.permissions import HasScope
from graphql_api.ids import uuid_of
from graphql_api.types.api_tokens import (
    ApiToken,
    ApiTokenConnection,
    ApiTokenErrorCode,
    ApiTokenUserError,
    CreateApiTokenInput,
    CreateApiTokenPayload,
    RevokeApiTokenInput,
    RevokeApiTokenPayload,
    token_page,
)
from graphql_api.types.arguments import After, Before, First, Input, Last
from tenants.auth import tokens
from tenants.pagination.keyset import PageRequest


@strawberry.type
class TokenQuery:
    """The queries of tokens."""

    @strawberry.field(
        description="Your tenant's API tokens, newest first, including expired and revoked tokens.",
        extensions=[HasScope("admin")],
    )
    def api_tokens(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ApiTokenConnection:
        return ApiTokenConnection(part=token_page(info, PageRequest(first, after, last, before)))


@strawberry.type
class TokenMutation:
    """The mutations of tokens; all of them need the scope ``admin``."""

    @strawberry.mutation(
        description=("Create an API token for your tenant. Only this response contains the token's text."),
        extensions=[HasScope("admin")],
    )
    def create_api_token(self, input: Input[CreateApiTokenInput]) -> CreateApiTokenPayload:
        try:
            row, text = tokens.issue(name=input.name, scopes=input.scopes, expires_at=input.expires_at)
        except tokens.TokenRefused as error:
            said = [
                ApiTokenUserError(code=ApiTokenErrorCode[one.code], field=list(one.path), message=one.message)
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
            said = ApiTokenUserError(code=ApiTokenErrorCode.NOT_FOUND, field=["id"], message="There is no such token.")
            return RevokeApiTokenPayload(api_token=None, user_errors=[said])
        return RevokeApiTokenPayload(api_token=cast("ApiToken", row), user_errors=[])
