"""Lists completed field by field: each field for all objects of a list at once, by functions that loop in C.

A page of 50 orders with two lines each has 850 values, and to complete each by itself costs more than to read them.
This is a short way for lists whose values are all usual ones. Nothing is noted before the whole list is complete, so
where anything is unusual, or raises, the list is completed again value by value (:mod:`graphql_server.plans.values`),
which puts each error in its place. Only fields that depend on their object alone take this way.

Where the objects are held as columns (:mod:`graphql_server.ports.columns`), a field takes its columns, and the objects
are made only for fields that have none.
"""

from collections.abc import Sequence
from itertools import chain, islice
from typing import Any

from graphql import GraphQLInt, GraphQLNonNull, GraphQLOutputType, Undefined

from graphql_server.deadline import Stopped
from graphql_server.plans.plain_fields import Source
from graphql_server.plans.values import INT_RANGE, Accepts, Many, Run, abandoned, ways_of
from graphql_server.ports.columns import Columns, Grouped, OfColumns

NO_VALUE = frozenset({type(None), type(Undefined)})
LISTS = frozenset({list, tuple})


class Unusual(Exception):
    """The list has a value that has to be completed by itself."""


def constants(value: str) -> Many:
    """A field that is the same for every object."""
    return lambda _run, objects: [value] * len(objects)


def from_objects(source: Source, complete: Many, of_columns: OfColumns | None) -> Many:
    """A field whose value depends on its object alone, or on columns."""

    def field(run: Run, objects: Sequence[Any]) -> Sequence[Any]:
        if run.stop.requested:
            raise Stopped
        if of_columns and type(objects) is Columns:
            return complete(run, of_columns(objects, run.context_value))
        values = [*map(source, objects)]
        try:
            return complete(run, values)
        except Exception:
            for value in values:
                if run.is_awaitable(value):
                    abandoned(value)
            raise

    return field


def leaves(kind: GraphQLOutputType) -> Many:
    """Scalars or enums, as :func:`graphql_server.plans.values.leaf` completes each."""
    named = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    as_is, converted = ways_of(named, nullable=named is kind)

    def complete(_run: Run, values: Sequence[Any]) -> Sequence[Any]:
        given = {*map(type, values)}
        if given <= as_is:
            return values
        if given == {int} and named is GraphQLInt:
            if min(values) in INT_RANGE and max(values) in INT_RANGE:
                return values
            raise Unusual
        if not given <= as_is | converted.keys():
            raise Unusual
        if len(given) == 1:
            done = [*map(converted[type(values[0])], values)]
        else:
            done = [value if type(value) in as_is else converted[type(value)](value) for value in values]
        if NO_VALUE.isdisjoint(map(type, done)) or (type(None) in as_is and none_is_new(values, done)):
            return done
        raise Unusual

    return complete


def none_is_new(values: Sequence[Any], done: Sequence[Any]) -> bool:
    """Whether every missing value was missing before."""
    return all(type(one) not in NO_VALUE or value is one is None for value, one in zip(values, done, strict=True))


def objects_of(kind: GraphQLOutputType, accepts: Accepts, select: Many) -> Many:
    """Objects of a known type, or null where that is allowed."""
    nullable = not isinstance(kind, GraphQLNonNull)

    def complete(run: Run, values: Sequence[Any]) -> Sequence[Any]:
        if nullable and type(values) is not Columns and type(None) in map(type, values):
            present = [value for value in values if value is not None]
            selected = iter(complete(run, present) if present else ())
            return [None if value is None else next(selected) for value in values]
        if all(map(accepts, [blank(values.kind)] if type(values) is Columns else values)):
            return select(run, values)
        raise Unusual

    return complete


def blank(kind: type) -> Any:
    """An object of the class, without values: enough to see whether a type accepts the class."""
    return object.__new__(kind)


def lists_of(items: Many) -> Many:
    """Lists, none of them null: their items all at once."""

    def complete(run: Run, values: Any) -> Sequence[Any]:
        if type(values) is Grouped:
            done, sizes = iter(items(run, values.items)), values.sizes
        elif LISTS.issuperset(map(type, values)):
            done, sizes = iter(items(run, [*chain.from_iterable(values)])), [*map(len, values)]
        else:
            raise Unusual
        return [[*islice(done, size)] for size in sizes]

    return complete


def selection_of(fields: Sequence[tuple[str, Many | None]]) -> Many | None:
    """Selects the same fields from every object; None if one of them is not for many."""
    keys, completes = [key for key, _ in fields], [complete for _, complete in fields if complete]
    if len(completes) < len(keys):
        return None

    def select(run: Run, objects: Sequence[Any]) -> Sequence[Any]:
        if not objects:
            return ()
        if not keys:  # A directive skips every field.
            return [{} for _ in objects]
        columns = [complete(run, objects) for complete in completes]
        return [dict(zip(keys, row)) for row in zip(*columns)]  # noqa: B905  # as long as each other; a third faster

    return select
