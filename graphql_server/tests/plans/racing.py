"""Compares two executions of one document whose fields race.

Fields that wait for the database may end in any order. If two of them fail and both null the same place, the response
lists the first error and leaves out the second ("Handling Field Errors" in the GraphQL specification). Data, and errors
that do not race, are the same in every execution.
"""

from copy import copy
from typing import Any

from graphql import GraphQLResolveInfo, is_non_null_type
from graphql.execution import Executor as CoreExecutor

from graphql_server.context import Context
from graphql_server.execution.responses import response

Answer = dict[str, Any]
Place = tuple[str | int, ...]
"""The keys and indices from the root of the data."""
Failures = list[tuple[Answer, Place]]
"""Every error of a document that no other error hides, and the place that the error nulls."""


def assert_alike(one: Answer, other: Answer, failures: Failures) -> None:
    """Assert that two answers have the same data, and the same errors except for those that raced."""
    assert "data" in one, f"refused: {one} and {other}"
    assert one["data"] == other.get("data"), "other data"
    ours, theirs = (by_place(answer) for answer in (one, other))
    assert ours.keys() == theirs.keys(), "other places are nulled"
    for place, errors in ours.items():
        if in_order(errors) != in_order(theirs[place]):
            below = [failure for failure in failures if failure[1][: len(place)] == place]
            assert len(below) > 1, f"no error races under {place}: {errors} and {theirs[place]}"
            for listed in (errors, theirs[place]):
                assert_raced(listed, place, below)


def assert_raced(errors: list[Answer], place: Place, failures: Failures) -> None:
    """Assert that each error is a failure of the document, is listed once, and that one error nulls the place."""
    nulled = []
    for error in errors:
        found = [where for failure, where in failures if failure == error]
        assert found, f"the document has no such error: {error}"
        nulled += found
    assert len(errors) == len({repr(error) for error in errors}), "an error is listed twice"
    assert nulled.count(place) == 1, f"{place} is nulled by {nulled.count(place)} of {errors}"


def in_order(errors: list[Answer]) -> list[str]:
    """The errors as text, sorted."""
    return sorted(map(repr, errors))


def by_place(answer: Answer) -> dict[Place, list[Answer]]:
    """The errors, by the outermost null above each."""
    found: dict[Place, list[Answer]] = {}
    for error in answer.get("errors", ()):
        value, place = answer["data"], ()
        for key in error["path"]:
            if value is None:
                break
            assert isinstance(value, dict | list), f"the place of an error has a value: {error}"
            value, place = value[key], (*place, key)
        assert value is None, f"the place of an error has a value: {error}"
        found.setdefault(place, []).append(error)
    return found


def failures_of(core: CoreExecutor[Any], source: Any, context: Context) -> Failures:
    """Every failure of an execution in which no error stops another. ``core`` is prepared for any ``source``."""
    kinds: dict[Place, Any] = {}

    class Forgiving(type(core)):
        def build_resolve_info(self, definition: Any, nodes: Any, parent: Any, path: Any) -> GraphQLResolveInfo[Any]:
            kinds[tuple(path.as_list())] = definition.type
            info: GraphQLResolveInfo[Any] = super().build_resolve_info(definition, nodes, parent, path)
            return info

    once: Any = copy(core).build_per_event_executor(source)
    once.__class__ = Forgiving
    once.error_propagation, once.plans, once.context_value = False, None, context
    errors = response(once.execute_operation(serially=False), context).get("errors", [])
    return [(error, nulled_by(tuple(error["path"]), kinds)) for error in errors]


def nulled_by(place: Place, kinds: dict[Place, Any]) -> Place:
    """The place that an error nulls: its own, or the nearest one above that may be null."""
    while place and is_non_null_type(kind_at(place, kinds)):
        place = place[:-1]
    return place


def kind_at(place: Place, kinds: dict[Place, Any]) -> Any:
    """The type of a field, or of an item in its list."""
    if not isinstance(place[-1], int):
        return kinds[place]
    above = kind_at(place[:-1], kinds)
    return (above.of_type if is_non_null_type(above) else above).of_type
