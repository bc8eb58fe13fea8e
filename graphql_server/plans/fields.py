"""Compiles what an operation selects into functions: one for each field, made once, called for every object."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    OperationType,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)

from graphql_server.deadline import Stopped
from graphql_server.internals import CollectedFields, collect_fields, collect_subfields, get_argument_values
from graphql_server.plans.sources import Source, plain_source
from graphql_server.plans.values import (
    Complete,
    Place,
    Run,
    Select,
    Site,
    abandoned,
    leaf,
    one_of_many,
    several,
    shown_as_is,
    single,
)

Field = Callable[[Run, Any, Place | None], Any]


class NotCovered(Exception):
    """The operation asks for something that is left to graphql-core as a whole."""


@dataclass(slots=True)
class Compiler:
    """Compiles one operation for the outcome that its conditions have in ``run``.

    graphql-core collects the fields, so that fragments, directives and merged fields mean what they mean to it.
    ``left`` is how many more fields there may be, ``asked`` notes their coordinates.
    """

    run: Run
    left: int
    asked: set[str]

    def operation(self) -> Select:
        """The function of the whole operation.

        Raises:
            NotCovered: it has too many fields, or needs what no plan does.
        """
        run = self.run
        root = run.schema.get_root_type(run.operation.operation)
        collected = collect_fields(
            run.schema, run.fragments, run.variable_values, root, run.operation, run.hide_suggestions
        )
        return self.selection(root, collected)

    def selection(self, parent: GraphQLObjectType, collected: CollectedFields) -> Select:
        """The function of what is selected from an object of the type ``parent``."""
        self.left -= len(collected.grouped_field_set)
        if self.left < 0 or collected.new_defer_usages:
            raise NotCovered
        fields = []
        for key, details in collected.grouped_field_set.items():
            name = details[0].node.name.value
            definition = self.run.schema.get_field(parent, name)
            if definition is None:
                raise NotCovered
            self.asked.add(f"{parent.name}.{name}")
            fields.append((key, self.field(Site(parent, key, details, definition))))

        def select(run: Run, source: Any, place: Place | None) -> dict[str, Any]:
            if run.stop.requested:
                raise Stopped
            selected = {}
            for key, field in fields:
                selected[key] = field(run, source, place)
            return selected

        return select

    def field(self, site: Site) -> Field:
        """The function of one field: from its object to its place in the response."""
        name = site.details[0].node.name.value
        if name == "__typename":
            return constant(site.parent.name)
        if name.startswith("__"):
            raise NotCovered
        complete = self.value(site, site.definition.type)
        if site.parent is self.run.schema.subscription_type:
            return plain(site, complete, lambda event: event)  # as Strawberry resolves it
        if source := plain_source(self.run.schema, site.parent, site.definition):
            return plain(site, complete, source, shown_as_is(site.definition.type))
        if self.run.operation.operation is OperationType.SUBSCRIPTION:
            raise NotCovered  # It may want a thread, or the database.
        return resolved(site, complete)

    def value(self, site: Site, kind: Any) -> Complete:
        """The function that completes a value of the field's type."""
        named = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if is_leaf_type(named):
            return leaf(site, kind)
        if isinstance(named, GraphQLList):
            return several(site, kind, self.value(site, named.of_type))
        if is_object_type(named):
            return single(site, kind, self.below(site, named))
        if is_abstract_type(named):
            possible = self.run.schema.get_possible_types(named)
            return one_of_many(site, kind, {one.name: (one, self.below(site, one)) for one in possible})
        raise NotCovered

    def below(self, site: Site, parent: GraphQLObjectType) -> Select:
        """The function of what the field selects from an object of this type."""
        run = self.run
        collected = collect_subfields(
            run.schema, run.fragments, run.variable_values, run.operation, parent, site.details, run.hide_suggestions
        )
        return self.selection(parent, collected)


def constant(value: str) -> Field:
    """A field that is the same for every object."""
    return lambda _run, _source, _place: value


def plain(site: Site, complete: Complete, source: Source, as_is: frozenset[type] = frozenset()) -> Field:
    """A field whose value is had from its object alone; one of the types ``as_is`` needs no completing."""
    key, type_name, kind = site.key, site.parent.name, site.definition.type

    def field(run: Run, parent: Any, above: Place | None) -> Any:
        try:
            value = source(parent)
            return value if type(value) in as_is else complete(run, value, (above, key, type_name))
        except Exception as error:
            site.failed(run, kind, (above, key, type_name), error)
            return None

    return field


def resolved(site: Site, complete: Complete) -> Field:
    """A field whose resolver is called as graphql-core does: with an ``info`` and the arguments."""
    definition = site.definition
    resolve: Any = definition.resolve
    if resolve is None:
        raise NotCovered

    def field(run: Run, parent: Any, above: Place | None) -> Any:
        place = site.place(above)
        info = site.info(run, place)
        try:
            return complete(run, ready(run, resolve(parent, info, **arguments(run, site))), place)
        except Exception as error:
            site.failed(run, definition.type, place, error)
            return None

    return field


def ready(run: Run, value: Any) -> Any:
    """The value, which must not be one to await."""
    if run.is_awaitable(value):
        raise abandoned(value)
    return value


def arguments(run: Run, site: Site) -> dict[str, Any]:
    """The field's arguments, its variables filled in."""
    first = site.details[0]
    if not site.definition.args:
        return {}
    return get_argument_values(
        site.definition, first.node, run.variable_values, first.fragment_variable_values, run.hide_suggestions
    )
