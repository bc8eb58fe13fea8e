"""Completes values: for each type in the schema a function from a resolver's value to the value in the response.

The usual types of values are handled here. All other values, errors included, are passed to graphql-core.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLString,
    Undefined,
    is_leaf_type,
)

from graphql_server.internals import FieldDetailsList, Path, is_cast
from graphql_server.ports.columns import Columns

Run = Any
"""A running operation: graphql-core's executor (:func:`graphql_server.plans.execution.planned`)."""
Place = tuple[Any, str | int, str | None]
"""Like graphql-core's ``Path``, which takes six times as long to make; None is the root."""
Complete = Callable[[Run, Any, Place], Any]
Select = Callable[[Run, Any, Place | None], dict[str, Any]]
Accepts = Callable[[Any], bool]
Many = Callable[[Run, Any], Sequence[Any]]
"""Completes several values of one field, or selects from several objects; raises if any of them is unusual."""

FEWEST = 2
"""A list with fewer items is completed item by item."""

INT_RANGE = range(-(2**31), 2**31)
DATA = frozenset({str, int, float, bool, Decimal, datetime, date, time, UUID, bytes, dict, list, tuple})
"""Types that can neither be awaited nor be an exception: a scalar may serialize them directly."""
ASK_THE_CLASS = frozenset({"strawberry.schema.schema_converter", "strawberry_django.type"})
"""The modules whose ``is_type_of`` only checks an object's class and whether it was cast."""


class Awaited(BaseException):
    """A value has to be awaited, which no plan does. Not an Exception: no field may handle it as its own error."""


@dataclass(frozen=True, slots=True)
class Site:
    """A field at its place in the document."""

    parent: GraphQLObjectType
    key: str
    details: FieldDetailsList
    definition: GraphQLField

    def place(self, above: Place | None) -> Place:
        """The place of its value in the response, under an object at ``above``."""
        return (above, self.key, self.parent.name)

    def info(self, run: Run, place: Place) -> GraphQLResolveInfo[Any]:
        """The ``info`` that graphql-core passes to this field's resolver; ``place`` may be an item's in its list."""
        while isinstance(place[1], int):
            place = place[0]
        nodes = [detail.node for detail in self.details]
        info: GraphQLResolveInfo[Any] = run.build_resolve_info(self.definition, nodes, self.parent, path_of(place))
        return info

    def failed(self, run: Run, kind: GraphQLOutputType, place: Place, error: Exception) -> None:
        """Let graphql-core record the error, or raise it again if null is not allowed."""
        run.handle_field_error(error, kind, self.details, path_of(place))

    def at_length(self, run: Run, kind: GraphQLOutputType, place: Place, value: Any) -> Any:
        """Let graphql-core complete the value."""
        if run.is_awaitable(value):
            raise abandoned(value)
        done = run.complete_value(kind, self.details, self.info(run, place), path_of(place), value, None)
        if run.is_awaitable(done):
            raise abandoned(done)
        return done


def path_of(place: Place) -> Path:
    """The place in the form of graphql-core's path."""
    above, key, type_name = place
    return Path(path_of(above) if above else None, key, type_name)


def abandoned(value: Any) -> Awaited:
    """The exception for an awaitable ``value``, which is closed because no code will await it."""
    if hasattr(value, "close"):
        value.close()
    return Awaited()


def leaf(site: Site, kind: GraphQLOutputType) -> Complete:
    """Completes a scalar or an enum as its type does."""
    named = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    as_is, converted = ways_of(named, nullable=named is kind)

    def complete(run: Run, value: Any, place: Place) -> Any:
        given = type(value)
        if given in as_is:
            return value
        if convert := converted.get(given):
            done = convert(value)
            if done is not None and done is not Undefined:
                return done
        return site.at_length(run, kind, place, value)

    return complete


def shown_as_is(kind: GraphQLOutputType) -> frozenset[type]:
    """The Python types whose values this type shows unchanged."""
    named = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return ways_of(named, nullable=named is kind)[0] if is_leaf_type(named) else frozenset()


@cache
def ways_of(named: Any, *, nullable: bool) -> tuple[frozenset[type], dict[type, Callable[[Any], Any]]]:
    """The Python types that the GraphQL type shows unchanged, and the function for other values."""
    if nullable:
        as_is, converted = ways_of(named, nullable=False)
        return as_is | {type(None)}, converted
    if isinstance(named, GraphQLEnumType):
        name_of = cache(named.coerce_output_value)
        return frozenset(), {str: name_of, getattr(named, "wrapped_cls", str): name_of}
    converted = dict.fromkeys(DATA, named.coerce_output_value)
    if named is GraphQLInt:
        converted[int] = lambda value: value if value in INT_RANGE else GraphQLInt.coerce_output_value(value)
    return frozenset({str} if named in {GraphQLString, GraphQLID} else ()), converted


def several(site: Site, kind: GraphQLOutputType, item: Complete, items: Many | None) -> Complete:
    """Completes a list: with ``items`` all at once if every value is usual, else item by item."""
    listed: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    item_kind = listed.of_type

    def complete(run: Run, value: Any, place: Place) -> Any:
        if not isinstance(value, list | tuple | Columns):
            return site.at_length(run, kind, place, value)
        if items and run.lists_are_usual and len(value) >= FEWEST:
            try:
                return [*items(run, value)]
            except Exception:  # It is raised again at its place.
                run.lists_are_usual = False
        completed = []
        for index, one in enumerate(value):
            at = (place, index, None)
            try:
                completed.append(item(run, one, at))
            except Exception as error:
                site.failed(run, item_kind, at, error)
                completed.append(None)
        return completed

    return complete


def single(site: Site, kind: GraphQLOutputType, accepts: Accepts, select: Select) -> Complete:
    """Completes an object of a known type: selects from it."""

    def complete(run: Run, value: Any, place: Place) -> Any:
        if accepts(value):
            return select(run, value, place)
        return site.at_length(run, kind, place, value)

    return complete


def one_of_many(site: Site, kind: GraphQLOutputType, table: dict[str, tuple[Accepts, Select]]) -> Complete:
    """Completes an object of an interface or union, by the type that the schema finds for it."""
    named: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind

    def complete(run: Run, value: Any, place: Place) -> Any:
        if value is not None and not isinstance(value, Exception) and named.resolve_type:
            name = named.resolve_type(value, site.info(run, place), named)
            accepts, select = table.get(name, (None, None)) if isinstance(name, str) else (None, None)
            if accepts and select and accepts(value):
                return select(run, value, place)
        return site.at_length(run, kind, place, value)

    return complete


def acceptance_of(named: GraphQLObjectType) -> Accepts:
    """A function that says whether a value is certainly an object of this type; it checks each Python class once."""
    accepted: set[type] = set()
    is_type_of: Any = named.is_type_of
    if is_type_of is not None and getattr(is_type_of, "__module__", None) not in ASK_THE_CLASS:
        return lambda value: False

    def accepts(value: Any) -> bool:
        given = type(value)
        if given not in accepted:
            if value is None or value is Undefined or isinstance(value, Exception) or hasattr(given, "__await__"):
                return False
            if is_type_of is not None and not is_type_of(value, None):
                return False
            accepted.add(given)
        return is_type_of is None or not is_cast(value)

    return accepts
