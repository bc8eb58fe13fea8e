"""Compiles what a subscription selects from an event into a function that writes JSON.

Documents that differ show much of an event alike. ``Shown`` keeps what one of them has written, so that a global id, an
amount or a list of lines is made once for an event, not once for each document.

Only values without surprises are written. At anything else (an exception, null where it must not be, a value to await)
the function raises, and the event is executed by graphql-core.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import Any

import orjson
from graphql import (
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    Undefined,
    is_leaf_type,
    is_object_type,
)

from graphql_server.internals import (
    CollectedFields,
    FieldDetailsList,
    collect_fields,
    collect_subfields,
    is_awaitable,
)
from graphql_server.plans.fields import NotCovered
from graphql_server.plans.plain_fields import Source, plain_source
from graphql_server.plans.values import Run, abandoned, acceptance_of, ways_of

MOST_TEXTS, MOST_BYTES_OF_A_TEXT = 256, 16_384
"""The most fields of one object that are kept as JSON, and the most bytes of each: 4 MiB together."""


class Unusual(Exception):
    """A value that only graphql-core can complete."""


class Shown:
    """An object, with the JSON of its fields and the objects below it, as far as documents have asked for them.

    Only for callers with the same rights: a field may show less to others.
    """

    __slots__ = ("below", "texts", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.texts: dict[str, bytes] = {}
        self.below: dict[str, Any] = {}


Write = Callable[[Shown], bytes]
"""Writes a field of an object, or all that is selected of it."""


def event_writer(run: Run, most_fields: int) -> Write | None:
    """The function that writes the response to a value of a subscription's source; None if it can't be compiled.

    Args:
        run: an executor of the subscription; its variables decide which fields there are.
        most_fields: how many fields may be compiled.
    """
    try:
        return EventCompiler(run, most_fields).operation()
    except (NotCovered, GraphQLError, RecursionError):
        return None


@dataclass(slots=True)
class EventCompiler:
    """Compiles one subscription. ``left`` is how many more fields there may be."""

    run: Run
    left: int

    def operation(self) -> Write:
        """The function of the whole response.

        Raises:
            NotCovered: it needs what is left to graphql-core.
        """
        run, root = self.run, self.run.schema.subscription_type
        collected = collect_fields(
            run.schema, run.fragments, run.variable_values, root, run.operation, run.hide_suggestions
        )
        if collected.new_defer_usages or len(collected.grouped_field_set) != 1:
            raise NotCovered
        [(key, details)] = collected.grouped_field_set.items()
        definition = run.schema.get_field(root, details[0].node.name.value)
        named = definition and bare(definition.type)
        if not is_object_type(named):
            raise NotCovered
        _, write = self.objects(named, details)
        begin = b'{"data":{%b:' % orjson.dumps(key)
        return lambda shown: b"%b%b}}" % (begin, write(shown))

    def selection(self, parent: GraphQLObjectType, collected: CollectedFields) -> tuple[str, Write]:
        """The function of what is selected from an object, and a name that equal selections share."""
        self.left -= len(collected.grouped_field_set)
        if self.left < 0 or collected.new_defer_usages:
            raise NotCovered
        fields, names, mark = [], [], b"{"
        for key, details in collected.grouped_field_set.items():
            name, write = self.field(parent, details)
            fields.append((b"%b%b:" % (mark, orjson.dumps(key)), name, write))
            names.append(f"{key}:{name}")
            mark = b","

        def selected(shown: Shown) -> bytes:
            texts, parts = shown.texts, []
            for begin, name, write in fields:
                text = texts.get(name)
                if text is None:
                    text = write(shown)
                    if len(text) <= MOST_BYTES_OF_A_TEXT and len(texts) < MOST_TEXTS:
                        texts[name] = text
                parts.append(begin)
                parts.append(text)
            parts.append(b"}" if parts else b"{}")
            return b"".join(parts)

        return ",".join(names), selected

    def field(self, parent: GraphQLObjectType, details: FieldDetailsList) -> tuple[str, Write]:
        """The function of one field, and a name that equal fields share."""
        name = details[0].node.name.value
        if name == "__typename":
            return name, constant(parent.name)
        coordinate = intern(f"{parent.name}.{name}")
        source, kind, write = source_of(self.run.schema, parent, name)
        if write is not None:
            return coordinate, write
        selection, below = self.values(kind, details)

        def field(shown: Shown) -> bytes:
            if coordinate not in shown.below:
                shown.below[coordinate] = wrapped(source(shown.value))
            return below(shown.below[coordinate])

        return intern(f"{coordinate}{{{selection}}}"), field

    def values(self, kind: Any, details: FieldDetailsList) -> tuple[str, Callable[[Any], bytes]]:
        """The function of an object, or of a list of them; null where the type allows it."""
        named = bare(kind)
        if isinstance(named, GraphQLList):
            selection, item = self.values(named.of_type, details)
            write = listed(item)
        elif is_object_type(named):
            selection, write = self.objects(named, details)
        else:
            raise NotCovered
        return selection, write if named is not kind else nullable(write)

    def objects(self, named: GraphQLObjectType, details: FieldDetailsList) -> tuple[str, Write]:
        """The function of an object of this type."""
        run = self.run
        collected = collect_subfields(
            run.schema, run.fragments, run.variable_values, run.operation, named, details, run.hide_suggestions
        )
        selection, select = self.selection(named, collected)
        accepts = acceptance_of(named)

        def write(shown: Shown) -> bytes:
            if type(shown) is not Shown or not accepts(shown.value):
                raise unusual(shown.value if type(shown) is Shown else shown)
            return select(shown)

        return selection, write


def bare(kind: Any) -> Any:
    """The type without its "not null"."""
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind


def constant(text: str) -> Write:
    """A field that is the same for every object."""
    written = orjson.dumps(text)
    return lambda _: written


@lru_cache(4096)
def source_of(schema: Any, parent: GraphQLObjectType, name: str) -> tuple[Source, Any, Write | None]:
    """The source and the type of a field; and its function, if it is a scalar, an enum or a list of them.

    Raises:
        NotCovered: the field has no plain source.
    """
    definition = schema.get_field(parent, name)
    source = definition and plain_source(schema, parent, definition)
    if source is None:
        raise NotCovered
    write = leaves(definition.type)
    return source, definition.type, None if write is None else (lambda shown: write(source(shown.value)))


def leaves(kind: Any) -> Callable[[Any], bytes] | None:
    """The function of a scalar, an enum or a list of them; None for any other type."""
    named = bare(kind)
    if isinstance(named, GraphQLList):
        item = leaves(named.of_type)
        if item is None:
            return None
        return listed(item) if named is not kind else nullable(listed(item))
    return leaf(named, is_nullable=named is kind) if is_leaf_type(named) else None


def leaf(named: Any, *, is_nullable: bool) -> Callable[[Any], bytes]:
    """The function of a scalar or an enum."""
    as_is, converted = ways_of(named, nullable=is_nullable)

    def write(value: Any) -> bytes:
        given = type(value)
        if given in as_is:
            return orjson.dumps(value)
        convert = converted.get(given)
        done = convert(value) if convert else None
        if done is None or done is Undefined:
            raise unusual(value)
        return orjson.dumps(done)

    return write


def nullable(write: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    """The same where null is allowed."""
    return lambda value: b"null" if value is None else write(value)


def listed(item: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    """The function of a list."""

    def write(values: Any) -> bytes:
        if not isinstance(values, list | tuple):
            raise unusual(values.value if type(values) is Shown else values)
        return b"[%b]" % b",".join([item(value) for value in values])

    return write


def unusual(value: Any) -> Unusual:
    """The exception for a value; one to await is closed, because nothing awaits it."""
    if is_awaitable(value):
        abandoned(value)
    return Unusual()


def wrapped(value: Any) -> Any:
    """The objects of a field's value, each with a place for its JSON."""
    if isinstance(value, list | tuple):
        return [wrapped(one) for one in value]
    return None if value is None else Shown(value)
