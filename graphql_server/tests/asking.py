"""Helpers that send HTTP requests to GraphQL, and read subscriptions without a socket."""

import json
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import Any

from django.test import AsyncClient

from graphql_server.errors import failure
from graphql_server.execution.executor import PreparedSubscription
from graphql_server.live.alone import response_to, values_of

URL = "/graphql/"
JSON = "application/json"
NOTE = 'mutation { note(text: "written") }'


def uncharged(response: dict[str, Any]) -> dict[str, Any]:
    """A response without its cost, which has a test of its own."""
    assert response["extensions"].pop("cost")["requestedQueryCost"] >= 1
    return {name: part for name, part in response.items() if name != "extensions" or part}


async def post(http: AsyncClient, body: Any, *, headers: dict[str, str] | None = None, content_type: str = JSON) -> Any:
    """POST a body, as JSON unless it is bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await http.post(URL, data=data, content_type=content_type, headers=headers or {})


def refusal(response: Any) -> tuple[int, str, str]:
    """The status, code and message of a response that is one error with the request's id."""
    body = json.loads(response.content)
    [error] = body.pop("errors")
    assert body == {}
    assert error["extensions"]["requestId"] == response["X-Request-Id"]
    return response.status_code, error["extensions"]["code"], error["message"]


async def responses_of(
    prepared: PreparedSubscription, source: AsyncIterable[Any]
) -> AsyncGenerator[dict[str, Any], None]:
    """A response for each value of a source. If the source fails, the last one has only ``errors``."""
    async with aclosing(values_of(prepared, source)) as values:
        try:
            async for value in values:
                yield await response_to(prepared, value)
        except Exception as error:
            yield failure(error, prepared.context.request_id)
