"""Completes values: for each type in the schema a function from a resolver's value to what the response holds.

What a value usually is takes the short way. For all else, errors included, the value is given to graphql-core.
"""

from collections.abc import Callable
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

Run = Any
"""A running operation: graphql-core's executor (:func:`graphql_server.plans.execution.planned`)."""
Place = tuple[Any, str | int, str | None]
"""As graphql-core's ``Path``, which takes six times as long to make; None is the root."""
Complete = Callable[[Run, Any, Place], Any]
Select = Callable[[Run, Any, Place | None], dict[str, Any]]

INT_RANGE = range(-(2**31), 2**31)
DATA = frozenset({str, int, float, bool, Decimal, datetime, date, time, UUID, bytes, dict, list, tuple})
"""What can neither be awaited nor be an exception, so that a scalar may be asked at once."""
ASK_THE_CLASS = frozenset({"strawberry.schema.schema_converter", "strawberry_django.type"})
"""The modules whose ``is_type_of`` looks at an object's class, and at whether it was cast, and at nothing else."""


class Awaited(BaseException):
    """Something has to be awaited, which no plan does. Not an Exception: no field may take it for its own error."""


@dataclass(frozen=True, slots=True)
class Site:
    """A field where it stands in the document."""

    parent: GraphQLObjectType
    key: str
    details: FieldDetailsList
    definition: GraphQLField

    def place(self, above: Place | None) -> Place:
        """Where its value goes in the response, under an object that goes to ``above``."""
        return (above, self.key, self.parent.name)

    def info(self, run: Run, place: Place) -> GraphQLResolveInfo[Any]:
        """What graphql-core tells a resolver of this field; ``place`` is the field's, or of an item of its list."""
        while isinstance(place[1], int):
            place = place[0]
        nodes = [detail.node for detail in self.details]
        info: GraphQLResolveInfo[Any] = run.build_resolve_info(self.definition, nodes, self.parent, path_of(place))
        return info

    def failed(self, run: Run, kind: GraphQLOutputType, place: Place, error: Exception) -> None:
        """Have graphql-core note the error, or raise it again where null is not allowed."""
        run.handle_field_error(error, kind, self.details, path_of(place))

    def at_length(self, run: Run, kind: GraphQLOutputType, place: Place, value: Any) -> Any:
        """Have graphql-core complete the value."""
        if run.is_awaitable(value):
            raise abandoned(value)
        done = run.complete_value(kind, self.details, self.info(run, place), path_of(place), value, None)
        if run.is_awaitable(done):
            raise abandoned(done)
        return done


def path_of(place: Place) -> Path:
    """The same for graphql-core."""
    above, key, type_name = place
    return Path(path_of(above) if above else None, key, type_name)


def abandoned(value: Any) -> Awaited:
    """The signal that ``value`` would have to be awaited; nobody is going to."""
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
    """The Python types whose values this type shows as they are."""
    named = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return ways_of(named, nullable=named is kind)[0] if is_leaf_type(named) else frozenset()


@cache
def ways_of(named: Any, *, nullable: bool) -> tuple[frozenset[type], dict[type, Callable[[Any], Any]]]:
    """The Python types that the GraphQL type shows as they are, and how it shows others that it may be given."""
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


def several(site: Site, kind: GraphQLOutputType, item: Complete) -> Complete:
    """Completes a list, item by item."""
    listed: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    item_kind = listed.of_type

    def complete(run: Run, value: Any, place: Place) -> Any:
        if not isinstance(value, list | tuple):
            return site.at_length(run, kind, place, value)
        items = []
        for index, one in enumerate(value):
            at = (place, index, None)
            try:
                items.append(item(run, one, at))
            except Exception as error:
                site.failed(run, item_kind, at, error)
                items.append(None)
        return items

    return complete


def single(site: Site, kind: GraphQLOutputType, select: Select) -> Complete:
    """Completes an object of a known type: selects from it."""
    named: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    accepts = acceptance_of(named)

    def complete(run: Run, value: Any, place: Place) -> Any:
        if accepts(value):
            return select(run, value, place)
        return site.at_length(run, kind, place, value)

    return complete


def one_of_many(site: Site, kind: GraphQLOutputType, selects: dict[str, tuple[GraphQLObjectType, Select]]) -> Complete:
    """Completes an object of an interface or union, by the type that the schema finds it to be."""
    named: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    table = {name: (acceptance_of(type_), select) for name, (type_, select) in selects.items()}

    def complete(run: Run, value: Any, place: Place) -> Any:
        if value is not None and not isinstance(value, Exception) and named.resolve_type:
            name = named.resolve_type(value, site.info(run, place), named)
            accepts, select = table.get(name, (None, None)) if isinstance(name, str) else (None, None)
            if accepts and select and accepts(value):
                return select(run, value, place)
        return site.at_length(run, kind, place, value)

    return complete


def acceptance_of(named: GraphQLObjectType) -> Callable[[Any], bool]:
    """Tells whether a value is certainly an object of this type: what it is asked once for each Python class."""
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
