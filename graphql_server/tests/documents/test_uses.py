"""The parts of a schema that operations use, as coordinates."""

from typing import Any
from unittest import mock

import pytest
from graphql import build_schema, parse

from graphql_server.documents.documents import Document
from graphql_server.documents.uses import Uses, deprecated_coordinates
from graphql_server.tests.chat.server import Chat
from graphql_server.tests.http.test_chat import post

SCHEMA = build_schema("""
interface Node { id: ID! }
type Order implements Node { id: ID!  total: Int @deprecated(reason: "Use amount.")  lines: [Line!]! }
type Line { sku(upper: Boolean): String }
enum Status { NEW  PAID  OLD @deprecated(reason: "Use NEW.") }
input Where { status: [Status!]  text: String  name: String @deprecated(reason: "Use text.")  AND: [Where!] }
input Sort { up: Boolean }
type Query { orders(where: Where, sort: Sort, old: Int @deprecated(reason: "Use where.")): [Order!]!  node: Node }
""")
ORDERS = "query Q($where: Where, $sort: Sort) { orders(where: $where, sort: $sort) { id } }"


def used(text: str, variables: Any = None, name: str | None = None) -> set[str]:
    """The coordinates of an operation."""
    document = Document(ast=parse(text), text=text)
    return {*Uses(SCHEMA).of(document, name, variables).coordinates}


def test_fields_and_arguments_once_whatever_their_aliases() -> None:
    text = (
        "{ a: orders(old: 1) { id lines { sku(upper: true) } __typename } b: orders { id } __schema { description } }"
    )
    fields = {"Query.orders", "Order.id", "Order.lines", "Line.sku"}
    assert used(text) == fields | {"Query.orders(old:)", "Line.sku(upper:)"}


def test_fragments_of_the_chosen_operation_alone() -> None:
    text = """
    query A { node { ...N } } query B { orders { total } }
    fragment N on Node { id ... on Order { lines { ...L } } } fragment L on Line { sku } fragment No on Order { total }
    """
    assert used(text, name="A") == {"Query.node", "Node.id", "Order.lines", "Line.sku"}
    assert used(text, name="B") == {"Query.orders", "Order.total"}


def test_literals_of_input_fields_and_enums() -> None:
    text = 'query ($w: Where = {name: "x"}) { orders(where: {status: [PAID], AND: [{text: "a"}]}) { id } }'
    literal = {"Where.status", "Status.PAID", "Where.AND", "Where.text", "Where.name"}
    assert used(text) == literal | {"Query.orders", "Query.orders(where:)", "Order.id"}


@pytest.mark.parametrize(
    ("variables", "more"),
    [
        (None, set()),
        ({"where": {"text": "a", "status": "PAID"}, "sort": {"up": True}}, set()),
        ({"where": {"name": None}}, {"Where.name"}),
        ({"where": {"AND": [{"AND": {"status": ["NEW", "OLD"]}}]}}, {"Status.OLD"}),
        ({"where": ["malformed", 5, {"AND": "x", "name": {}}]}, {"Where.name"}),
    ],
)
def test_deprecated_parts_in_variables(variables: Any, more: set[str]) -> None:
    fields = {"Query.orders", "Query.orders(where:)", "Query.orders(sort:)", "Order.id"}
    assert used(ORDERS, variables, "Q") == fields | more


def test_a_use_is_computed_once_for_equal_parts_and_their_number_is_bounded() -> None:
    document, uses = Document(ast=parse(ORDERS), text=ORDERS), Uses(SCHEMA)
    one, same = (uses.of(document, "Q", {"where": {"name": text}}) for text in "ab")
    assert one is same is not uses.of(document, "Q", {"where": {}})
    for number in range(40):
        uses.of(document, "Q", {"where": {"status": "OLD", **({"name": 1} if number % 2 else {})}})
    assert len(document.uses) == 4


def test_deprecated_parts_with_their_reasons() -> None:
    assert deprecated_coordinates(SCHEMA) == {
        "Order.total": "Use amount.",
        "Status.OLD": "Use NEW.",
        "Where.name": "Use text.",
        "Query.orders(old:)": "Use where.",
    }


async def test_the_observer_hears_of_each_operation_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphql_server.connections.close_old_connections", lambda: None)
    chat = Chat()
    try:
        with mock.patch.object(chat.server.executor.observer, "used") as heard:
            for text in (
                "{ messages { text } }",
                "{ messages { text } }",
                "{ nope }",
                "query A { __typename } query B { __typename }",
            ):
                await post(chat, {"query": text})
        uses = [(call.args[0].actor, call.args[1].coordinates) for call in heard.call_args_list]
        assert uses == [("ann", ("Query.messages", "Message.text"))] * 2
        assert heard.call_args_list[0].args[1] is heard.call_args_list[1].args[1]
    finally:
        chat.server.executor.threads.shutdown()
