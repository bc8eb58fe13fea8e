"""The OpenAPI document."""

from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

MOVES = ["cancel", "deliver", "pay", "ship"]


@pytest.fixture(scope="module")
def document() -> Any:
    """The document, made without a warning."""
    with GENERATOR_STATS.silence():
        made = SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS
    return made


def operations(document: Any) -> list[Any]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def test_it_is_valid(document: Any) -> None:
    validate_schema(document)


def test_every_address_is_in_it_once(document: Any) -> None:
    one = "/api/orders/{id}/"
    assert list(document["paths"]) == ["/api/orders/", one, *(f"{one}{move}/" for move in MOVES)]
    assert [list(path) for path in document["paths"].values()] == [["get", "post"], ["get"], *[["post"]] * 4]


def test_every_field_and_parameter_is_described(document: Any) -> None:
    silent = [
        f"{name}.{field}"
        for name, shape in document["components"]["schemas"].items()
        for field, told in shape.get("properties", {}).items()
        if not told.get("description")
    ]
    silent += [one["name"] for op in operations(document) for one in op["parameters"] if not one.get("description")]
    assert silent == []


def test_every_refusal_is_a_problem(document: Any) -> None:
    for operation in operations(document):
        refusals = {status: told for status, told in operation["responses"].items() if int(status) >= 400}
        assert {"400", "401", "403", "429", "500", "503"} <= set(refusals)
        assert [list(told["content"]) for told in refusals.values()] == [["application/problem+json"]] * len(refusals)


def test_a_token_or_a_session_is_asked_for(document: Any) -> None:
    assert [operation["security"] for operation in operations(document)] == [[{"token": []}, {"session": []}]] * 7
