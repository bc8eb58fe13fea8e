"""Metadata that would be read back changed is refused at every entrance; older rows with such values are shown."""

from collections.abc import Callable
from typing import Any
from unittest import mock

import msgpack  # type: ignore[import-untyped]  # it ships no types
import orjson
import pytest
from django.test import Client

from events.channel_layer.broadcast import message
from events.models import Event
from graphql_api.tests.client import ask, data_of
from graphql_server.execution.responses import encode
from orders import services, validation
from orders.errors import InvalidOrder
from orders.models import Order
from orders.services import NewOrder
from orders.values.amounts import MAX_AMOUNT
from tests import factories

pytestmark = pytest.mark.django_db

Paths = Callable[[str], list[str]]
"""Sends the text of metadata, and returns the path of the refused value."""

ERRORS = "userErrors { code field }"
CREATE = f"mutation ($input: CreateOrderInput!) {{ createOrder(input: $input) {{ order {{ id }} {ERRORS} }} }}"
CREATE_MANY = f"mutation ($input: CreateOrdersInput!) {{ createOrders(input: $input) {{ {ERRORS} }} }}"


def graphql(name: str, query: str, given: dict[str, Any]) -> list[str]:
    [error] = data_of(query, given)[name]["userErrors"]
    assert error["code"] == "INVALID"
    path: list[str] = error["field"]
    return path


def by_variables(text: str) -> list[str]:
    return graphql("createOrder", CREATE, {"input": {"total": "1", "metadata": orjson.loads(text)}})


def by_literal(text: str) -> list[str]:
    literal = text.replace('"a"', "a").replace('"b"', "b")
    return graphql(
        "createOrder", f"mutation {{ createOrder(input: {{total: 1, metadata: {literal}}}) {{ {ERRORS} }} }}", {}
    )


def in_a_batch(text: str) -> list[str]:
    orders = [{"total": "1", "metadata": orjson.loads(text)}]
    path = graphql("createOrders", CREATE_MANY, {"input": {"orders": orders}})
    assert path[:2] == ["orders", "0"]
    return path[2:]


def by_rest(text: str) -> list[str]:
    response = Client().post("/api/orders/", f'{{"total": 1, "metadata": {text}}}', content_type="application/json")
    [error] = response.json()["errors"]
    assert response.status_code == 400
    path: list[str] = error["path"]
    return path


def by_the_model(text: str) -> list[str]:
    with pytest.raises(InvalidOrder) as refused:
        Order.objects.create(total=1, metadata=orjson.loads(text))
    return list(refused.value.errors[0].path)


def by_the_service(text: str) -> list[str]:
    with pytest.raises(InvalidOrder) as refused:
        services.create_order(NewOrder(total=MAX_AMOUNT, metadata=orjson.loads(text)))
    return list(refused.value.errors[0].path)


def by_the_admin(text: str) -> list[str]:
    client = Client()
    client.force_login(factories.user(role="operator", is_staff=True))
    texts = {"customer_name": "", "customer_email": "", "currency": "EUR", "external_reference": ""}
    response = client.post("/admin/orders/order/add/", texts | {"total": "1", "metadata": text})
    [(field, [said])] = response.context["adminform"].form.errors.items()
    where, _, _ = said.partition(": ")
    return [field, *where.split(".")]


ENTRANCES = [by_variables, by_literal, in_a_batch, by_rest, by_the_model, by_the_service, by_the_admin]


@pytest.mark.parametrize("value", ["9007199254740992", str(2**64), "1e22", '"\\u202e"', '"\\u0000"', "-1e300"])
@pytest.mark.parametrize("refused", ENTRANCES)
def test_every_entrance_refuses_it_with_its_path(refused: Paths, value: str) -> None:
    assert refused(f'{{"a": [1, {{"b": {value}}}]}}') == ["metadata", "a", "1", "b"]
    assert Order.objects.count() == 0


def test_rest_names_the_clients_own_names_as_they_are() -> None:
    assert by_rest('{"itemCount": 1e22}') == ["metadata", "itemCount"]


@pytest.mark.parametrize("number", ["0.12345678901234567890123", "1e-400", "1.00000000000000001"])
def test_rest_refuses_a_number_whose_digits_would_be_lost(number: str) -> None:
    assert by_rest(f'{{"a": {number}}}') == ["metadata", "a"]
    assert Order.objects.count() == 0


def test_the_admin_refuses_a_repeated_name() -> None:
    client = Client()
    client.force_login(factories.user(role="operator", is_staff=True))
    texts = {"customer_name": "", "customer_email": "", "currency": "EUR", "external_reference": ""}
    client.post("/admin/orders/order/add/", texts | {"total": "1", "metadata": '{"a": 1, "a": 2}'})

    assert Order.objects.count() == 0


# --- Older rows -------------------------------------------------------------------------------------------------------

OLDER = {"integer": 2**70, "float": 1e22, "fits": 2**64 - 1}
SHOWN = {"integer": float(2**70), "float": 1e22, "fits": 2**64 - 1}


@pytest.fixture
def older() -> Order:
    """An order from before the rule."""
    with mock.patch.dict(validation.WRITTEN, {"metadata": ("metadata", lambda value, *_: value)}):
        return factories.place_order(metadata=OLDER)


@pytest.mark.parametrize(
    "query",
    [
        "{ orders { nodes { metadata } } }",
        "{ orderEvents(first: 1) { nodes { order { metadata } } } }",
        'mutation { payOrder(input: {id: "$id"}) { order { metadata } } }',
    ],
)
@pytest.mark.usefixtures("older")
def test_a_row_that_holds_more_than_64_bits_is_shown(query: str) -> None:
    order_id = data_of("{ orders { nodes { id } } }")["orders"]["nodes"][0]["id"]

    answer = orjson.loads(encode(ask(query.replace("$id", order_id)), "r"))

    assert "errors" not in answer
    assert orjson.dumps(SHOWN["float"]) in orjson.dumps(answer)
    found = answer["data"]
    while "metadata" not in found:
        [found] = found if isinstance(found, list) else found.values()
    assert found["metadata"] == SHOWN


@pytest.mark.usefixtures("older")
def test_a_group_message_with_such_an_event_can_be_written() -> None:
    events = list(Event.objects.filter(type="order.created"))

    unpacked = msgpack.unpackb(msgpack.packb(message(events)))

    assert unpacked["events"][0]["payload"]["order"]["metadata"] == SHOWN
