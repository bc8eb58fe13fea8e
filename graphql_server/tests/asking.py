"""How tests ask the HTTP door."""

import json
from typing import Any

from django.test import AsyncClient

URL = "/graphql/"
JSON = "application/json"
NOTE = 'mutation { note(text: "written") }'


def uncharged(response: dict[str, Any]) -> dict[str, Any]:
    """A response without what it cost, which is a test of its own."""
    assert response["extensions"].pop("cost")["requestedQueryCost"] >= 1
    return {name: part for name, part in response.items() if name != "extensions" or part}


async def post(http: AsyncClient, body: Any, *, headers: dict[str, str] | None = None, content_type: str = JSON) -> Any:
    """POST a body, as JSON unless it is bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await http.post(URL, data=data, content_type=content_type, headers=headers or {})


def refusal(response: Any) -> tuple[int, str, str]:
    """Status, code and message of a response that is one error, which knows the request's id."""
    body = json.loads(response.content)
    [error] = body.pop("errors")
    assert body == {}
    assert error["extensions"]["requestId"] == response["X-Request-Id"]
    return response.status_code, error["extensions"]["code"], error["message"]
