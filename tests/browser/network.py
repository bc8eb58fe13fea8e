"""A network between page and server that changes single GraphQL operations for a test."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route

Handle = Callable[[Route], None]


def on_operation(page: Page, name: str, handle: Handle) -> None:
    """Pass every request of the operation to ``handle``; other requests go on unchanged."""

    def route(route: Route) -> None:
        body = json.loads(route.request.post_data or "{}")
        if body.get("operationName") == name:
            handle(route)
        else:
            route.continue_()

    page.route("**/graphql/", route)


def variables(route: Route) -> dict[str, Any]:
    """The variables of the operation."""
    given: dict[str, Any] = json.loads(route.request.post_data or "{}")["variables"]
    return given


def lose_answer(route: Route) -> None:
    """Pass the request on to the server, and lose the answer."""
    route.fetch()
    route.abort()


def answer(data: dict[str, Any]) -> Handle:
    """Answer in place of the server."""
    return lambda route: route.fulfill(json=data)


def refuse(code: str, **extensions: object) -> Handle:
    """Answer with an error of the whole operation."""
    return answer({"errors": [{"message": f"It is {code}.", "extensions": {"code": code, **extensions}}]})


def one_time(first: Handle) -> Handle:
    """Handle the first request by ``handle``, and let all others pass."""
    left = [first]
    return lambda route: left.pop()(route) if left else route.continue_()


def without_lost(problems: list[str]) -> list[str]:
    """The problems, without those that a lost request causes in the browser."""
    return [problem for problem in problems if "net::ERR_FAILED" not in problem]
