"""Requests to the REST API, and its refusals."""

from typing import Any

from django.test import Client

URL = "/api/orders/"
JSON = "application/json"


def refused(response: Any, status: int) -> Any:
    """The problem document of a refusal, after a check of its form."""
    document = response.json()
    assert (response.status_code, document["status"]) == (status, status)
    assert response["Content-Type"] == "application/problem+json"
    assert set(document) >= {"type", "title", "status", "detail", "errors", "requestId"}
    assert response["X-Request-Id"] == document["requestId"]
    return document


def errors(response: Any, status: int) -> list[tuple[str, list[str]]]:
    """The (code, path) of each error in a refusal."""
    return [(error["code"], error["path"]) for error in refused(response, status)["errors"]]


def post(body: Any, url: str = URL, **headers: str) -> Any:
    """POST JSON, or text unchanged."""
    return Client().post(url, body, content_type=JSON, headers=headers)
