"""The comparison accepts differences that a race explains, and no others."""

from typing import Any

import pytest
from graphql import build_schema, parse
from graphql.execution import Executor

from graphql_server.context import Context
from graphql_server.tests.chat.people import Person
from graphql_server.tests.plans.racing import assert_alike, failures_of

SCHEMA = build_schema("""
  type Query { top: Thing  sure: Thing! }
  type Thing { maybe: Int  must: Int!  also: Int!  fine: Int!  below: Thing  items: [Thing!] }
""")


def fails(name: str) -> Any:
    """A resolver that raises."""

    def resolve(*_: Any) -> None:
        raise ValueError(name)

    return resolve


SOURCE: dict[str, Any] = {"maybe": fails("maybe"), "must": fails("must"), "also": fails("also"), "fine": 1}
SOURCE |= {"below": SOURCE, "items": [SOURCE], "top": SOURCE, "sure": SOURCE}


def failures(text: str) -> Any:
    """The failures of a document: the path of each error, and the place that it nulls."""
    core = Executor.build(SCHEMA, parse(text))
    assert not isinstance(core, list)
    found = failures_of(core, SOURCE, Context(Person(), "r", "ws"))
    return {"/".join(map(str, error["path"])): "/".join(map(str, place)) for error, place in found}


def answer(data: Any, *paths: str) -> dict[str, Any]:
    """An answer with errors at these places."""
    return {"data": data, "errors": [failure(path) for path in paths]}


def failure(path: str) -> dict[str, Any]:
    """An error at a path."""
    return {"message": "failed", "path": [int(key) if key.isdigit() else key for key in path.split("/")]}


def of(nulled: dict[str, str]) -> Any:
    """Failures from a map of paths to nulled places."""
    return [(failure(path), tuple(failure(place)["path"]) if place else ()) for path, place in nulled.items()]


def test_each_failure_is_found_with_the_place_that_it_nulls() -> None:
    assert failures("{ top { fine maybe must below { must } items { also } } sure { also } }") == {
        "top/maybe": "top/maybe",
        "top/must": "top",
        "top/below/must": "top/below",
        "top/items/0/also": "top/items",
        "sure/also": "",
    }


BOTH = of({"top/must": "top", "top/also": "top", "top/maybe": "top/maybe", "side/must": "side"})
NULLED = {"top": None}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["top/must"], ["top/must"]),
        (["top/must"], ["top/also"]),
        (["top/maybe", "top/must"], ["top/also"]),
        (["top/maybe", "top/must"], ["top/must"]),
    ],
)
def test_errors_that_race_may_differ(one: list[str], other: list[str]) -> None:
    assert_alike(answer(NULLED, *one), answer(NULLED, *other), BOTH)


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (answer(NULLED, "top/must"), answer({"top": 1}), "other data"),
        (answer(NULLED, "top/must"), {"data": NULLED}, "other places are nulled"),
        (answer(NULLED, "top/must"), answer(NULLED), "other places are nulled"),
        (answer(NULLED, "top/must"), answer(NULLED, "top/below"), "the document has no such error"),
        (answer(NULLED, "top/must"), answer(NULLED, "top/maybe"), "is nulled by 0 of"),
        (answer(NULLED, "top/must"), answer(NULLED, "top/must", "top/also"), "is nulled by 2 of"),
        (answer(NULLED, "top/must"), answer(NULLED, "top/must", "top/must"), "listed twice"),
        ({"errors": [failure("top")]}, {"errors": [failure("side")]}, "refused"),
        (answer({"top": 1}, "top/must"), answer({"top": 1}, "top/also"), "the place of an error has a value"),
    ],
)
def test_any_other_difference_is_refused(one: Any, other: Any, why: str) -> None:
    with pytest.raises(AssertionError) as refused:
        assert_alike(one, other, BOTH)
    assert why in str(refused.value)


def test_an_error_that_races_with_no_other_may_not_differ() -> None:
    with pytest.raises(AssertionError, match="no error races under"):
        assert_alike(answer(NULLED, "top/must"), answer(NULLED, "top/also"), BOTH[:1] + BOTH[3:])
