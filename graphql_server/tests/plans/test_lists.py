"""Lists are completed field by field while all values are usual, and value by value as soon as one is not."""

from typing import Any, cast

import pytest
import strawberry
from graphql import ExecutionResult, execute, parse

from graphql_server.deadline import Stop, Stopped, stoppable
from graphql_server.internals import core_schema, is_awaitable
from graphql_server.plans.document_plans import Plans
from graphql_server.plans.execution import planned
from graphql_server.ports.columns import OF_COLUMNS, Columns

calls: list[str] = []
stop = Stop()


@strawberry.type
class Item:
    """Records which of its fields is resolved."""

    index: strawberry.Private[Any]

    @strawberry.field
    def number(self) -> int:
        calls.append(f"number {self.index}")
        return cast("int", self.index)

    @strawberry.field
    def name(self) -> str | None:
        calls.append(f"name {self.index}")
        if self.index == "ends":
            stop.requested = True
        return None if self.index == 2 else f"item {self.index}"

    @strawberry.field
    def below(self) -> "list[Item]":
        return [Item(index=10 * self.index + one) for one in range(self.index)]

    @strawberry.field
    def also(self) -> "Item | None":
        return Item(index=0) if self.index == 1 else None

    @strawberry.field(metadata={OF_COLUMNS: lambda items, _context: items.column("texts")})
    def text(self) -> str:
        calls.append(f"text {self.index}")
        return f"text {self.index}"


@strawberry.type
class Query:
    """Lists of items."""

    @strawberry.field
    def items(self, indexes: strawberry.scalars.JSON) -> list[Item]:
        return [Item(index=one) for one in cast("list[Any]", indexes)]

    @strawberry.field
    def columns(self, indexes: strawberry.scalars.JSON) -> list[Item]:
        values = cast("list[Any]", indexes)

        def made() -> list[Item]:
            calls.append("made")
            return [Item(index=one) for one in values]

        texts = {"texts": [one and f"text {one}" for one in values]}
        return cast("list[Item]", Columns(Item, len(values), texts.__getitem__, made))


SCHEMA = core_schema(strawberry.Schema(Query))
EXECUTOR = planned(stoppable(strawberry.Schema(Query).execution_context_class))


def ask(selection: str, indexes: list[Any], name: str = "items") -> tuple[Any, list[Any]]:
    """The items as the response has them, and the paths of the errors."""
    calls.clear()
    stop.requested = False
    text = f"query ($indexes: JSON!) {{ {name}(indexes: $indexes) {{ {selection} }} }}"
    result = execute(
        SCHEMA,
        parse(text),
        variable_values={"indexes": indexes},
        executor_class=EXECUTOR,
        is_awaitable=is_awaitable,
        plans=Plans(parse(text), len(text)),
        stop=stop,
    )
    assert isinstance(result, ExecutionResult)
    return result.data and result.data[name], [error.path for error in result.errors or ()]


def test_usual_values_are_completed_field_by_field() -> None:
    assert ask("number name kind: __typename", [1, 2]) == (
        [{"number": 1, "name": "item 1", "kind": "Item"}, {"number": 2, "name": None, "kind": "Item"}],
        [],
    )
    assert calls == ["number 1", "number 2", "name 1", "name 2"]


def test_objects_held_as_columns_are_made_only_for_a_field_without_columns() -> None:
    assert ask("text kind: __typename", [1, 2], "columns") == (
        [{"text": "text 1", "kind": "Item"}, {"text": "text 2", "kind": "Item"}],
        [],
    )
    assert calls == []

    assert ask("text name number", [1, 2], "columns")[0] == ask("text name number", [1, 2])[0]
    ask("text name number", [1, 2], "columns")
    assert calls == ["made", "name 1", "name 2", "number 1", "number 2"]


def test_an_unusual_column_is_completed_object_by_object() -> None:
    assert ask("text", [1, None], "columns") == ([{"text": "text 1"}, {"text": "text None"}], [])
    assert calls == ["made", "text 1", "text None"]


def test_lists_within_lists_are_completed_together() -> None:
    assert ask("below { number } also { number }", [0, 2, 1]) == (
        [
            {"below": [], "also": None},
            {"below": [{"number": 20}, {"number": 21}], "also": None},
            {"below": [{"number": 10}], "also": {"number": 0}},
        ],
        [],
    )
    assert calls == ["number 20", "number 21", "number 10", "number 0"]


@pytest.mark.parametrize("unusual", [2**31, "x", None], ids=["too large", "another type", "null"])
def test_an_unusual_value_is_an_error_at_its_place(unusual: Any) -> None:
    assert ask("name number", [1, unusual]) == (None, [["items", 1, "number"]])
    assert calls[-4:] == ["name 1", "number 1", f"name {unusual}", f"number {unusual}"]


def test_a_request_to_stop_is_met_before_the_next_field() -> None:
    with pytest.raises(Stopped):
        ask("name number", [1, "ends"])
    assert calls == ["name 1", "name ends"]


def test_a_list_of_one_is_completed_value_by_value() -> None:
    assert ask("number name", [7]) == ([{"number": 7, "name": "item 7"}], [])


def test_objects_of_which_every_field_is_skipped_are_empty() -> None:
    assert ask("number @skip(if: true) below { name @skip(if: true) }", [1, 2])[0] == [
        {"below": [{}]},
        {"below": [{}, {}]},
    ]
    assert ask("number @skip(if: true)", [1, 2])[0] == [{}, {}]
