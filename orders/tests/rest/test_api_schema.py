"""The OpenAPI document."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from tests.factories import place_order

ORDERS, ONE = "/api/orders/", "/api/orders/{id}/"
EVENTS, TABLE = "/api/events/", "/api/orders.csv"
MOVES = ["cancel", "deliver", "pay", "refund", "ship"]


@pytest.fixture(scope="module")
def document() -> Any:
    """The OpenAPI document, generated without a warning."""
    return made()


def made() -> Any:
    with GENERATOR_STATS.silence():
        document = SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS
    return document


def operations(document: Any) -> list[Any]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def test_the_document_is_valid(document: Any) -> None:
    validate_schema(document)


def test_the_document_has_every_address_once(document: Any) -> None:
    assert list(document["paths"]) == [EVENTS, ORDERS, TABLE, ONE, *(f"{ONE}{move}/" for move in MOVES)]
    methods = [list(path) for path in document["paths"].values()]
    assert methods == [["get"], ["get", "post"], ["get"], ["get", "patch"], *[["post"]] * 5]


def test_every_field_and_parameter_is_described(document: Any) -> None:
    silent = [
        f"{name}.{field}"
        for name, shape in document["components"]["schemas"].items()
        for field, described in shape.get("properties", {}).items()
        if not described.get("description")
    ]
    silent += [one["name"] for op in operations(document) for one in op["parameters"] if not one.get("description")]
    assert silent == []


def test_every_refusal_is_a_problem(document: Any) -> None:
    for operation in operations(document):
        refusals = {status: described for status, described in operation["responses"].items() if int(status) >= 400}
        assert {"400", "401", "403", "406", "408", "413", "429", "500", "503"} <= set(refusals)
        assert list(refusals.pop("431")["content"]) == ["text/plain"]  # from the web server
        assert [list(described["content"]) for described in refusals.values()] == [["application/problem+json"]] * len(
            refusals
        )


@pytest.mark.parametrize("is_open", [False, True])
def test_a_token_or_a_session_is_required_unless_the_demo_is_open(settings: LazySettings, is_open: bool) -> None:
    settings.ORDERS_DEMO = is_open
    asked: list[dict[str, list[str]]] = [{"token": []}, {"session": []}, *([{}] if is_open else [])]

    assert [operation["security"] for operation in operations(made())] == [asked] * 11


@pytest.mark.django_db
def test_every_example_works(document: Any) -> None:
    """The transitions of an order's life, in the order in which they are possible."""
    examples = {
        path: described["examples"]
        for path, ways in document["paths"].items()
        if (described := ways.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json"))
    }
    assert {path: len(found) for path, found in examples.items()} == {
        ORDERS: 2,
        **{f"{ONE}{move}/": 1 for move in MOVES},
    }
    statuses = []
    for body in examples[ORDERS].values():
        created = Client().post(ORDERS, body["value"], content_type="application/json")
        statuses.append(created.status_code)
    for order, moves in ((created.json()["id"], ["cancel"]), (place_order().id, ["pay", "ship", "deliver", "refund"])):
        for move in moves:
            [body] = examples[f"{ONE}{move}/"].values()
            url = f"{ORDERS}{order}/{move}/"
            statuses.append(Client().post(url, body["value"], content_type="application/json").status_code)

    [body] = document["paths"][ONE]["patch"]["requestBody"]["content"]["application/json"]["examples"].values()
    statuses.append(Client().patch(f"{ORDERS}{order}/", body["value"], content_type="application/json").status_code)

    assert statuses == [201, 201, 200, 200, 200, 200, 200, 200]
