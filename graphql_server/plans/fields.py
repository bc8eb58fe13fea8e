"""Compiles an operation's selections into functions: one for each field, made once, called for every object."""

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
from graphql_server.plans import lists
from graphql_server.plans.plain_fields import Source, columns_source, plain_source
from graphql_server.plans.values import (
    Complete,
    Many,
    Place,
    Run,
    Select,
    Site,
    abandoned,
    acceptance_of,
    leaf,
    one_of_many,
    several,
    shown_as_is,
    single,
)

Field = Callable[[Run, Any, Place | None], Any]


class NotCovered(Exception):
    """The operation needs something that only graphql-core can execute."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Reads the selected fields of one object, or of several objects at once where that is possible."""

    one: Select
    many: Many | None


@dataclass(frozen=True, slots=True)
class Completion:
    """Completes one value, or several values at once where that is possible."""

    one: Complete
    many: Many | None


@dataclass(slots=True)
class Compiler:
    """Compiles one operation for the outcome that its conditions have in ``run``.

    graphql-core collects the fields, so fragments, directives and merged fields have the same meaning there and here.
    ``left`` is how many more fields there may be; ``selected_fields`` collects their coordinates.
    """

    run: Run
    left: int
    selected_fields: set[str]

    def operation(self) -> Select:
        """The function of the whole operation.

        Raises:
            NotCovered: it has too many fields, or needs something that no plan does.
        """
        run = self.run
        root = run.schema.get_root_type(run.operation.operation)
        collected = collect_fields(
            run.schema, run.fragments, run.variable_values, root, run.operation, run.hide_suggestions
        )
        return self.selection(root, collected).one

    def selection(self, parent: GraphQLObjectType, collected: CollectedFields) -> Selection:
        """The functions of the fields that are selected from objects of the type ``parent``."""
        self.left -= len(collected.grouped_field_set)
        if self.left < 0 or collected.new_defer_usages:
            raise NotCovered
        fields, for_many = [], []
        for key, details in collected.grouped_field_set.items():
            name = details[0].node.name.value
            definition = self.run.schema.get_field(parent, name)
            if definition is None:
                raise NotCovered
            self.selected_fields.add(f"{parent.name}.{name}")
            field, many = self.field(Site(parent, key, details, definition))
            fields.append((key, field))
            for_many.append((key, many))

        def select(run: Run, source: Any, place: Place | None) -> dict[str, Any]:
            if run.stop.requested:
                raise Stopped
            selected = {}
            for key, field in fields:
                selected[key] = field(run, source, place)
            return selected

        return Selection(select, lists.selection_of(for_many))

    def field(self, site: Site) -> tuple[Field, Many | None]:
        """The functions of one field: from an object, or from several, to the value in the response."""
        name = site.details[0].node.name.value
        if name == "__typename":
            return constant(site.parent.name), lists.constants(site.parent.name)
        if name.startswith("__"):
            raise NotCovered
        completion = self.value(site, site.definition.type)
        if site.parent is self.run.schema.subscription_type:
            return plain(site, completion.one, lambda event: event), None  # as in Strawberry
        if source := plain_source(self.run.schema, site.parent, site.definition):
            field = plain(site, completion.one, source, shown_as_is(site.definition.type))
            if not completion.many:
                return field, None
            return field, lists.from_objects(source, completion.many, columns_source(site.definition))
        if self.run.operation.operation is OperationType.SUBSCRIPTION:
            raise NotCovered  # It may need a thread, or the database.
        return resolved(site, completion.one), None

    def value(self, site: Site, kind: Any) -> Completion:
        """The functions that complete values of the field's type."""
        named = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if is_leaf_type(named):
            return Completion(leaf(site, kind), lists.leaves(kind))
        if isinstance(named, GraphQLList):
            items = self.value(site, named.of_type)
            many = lists.lists_of(items.many) if items.many else None
            return Completion(several(site, kind, items.one, items.many), many)
        if is_object_type(named):
            accepts, below = acceptance_of(named), self.below(site, named)
            many = lists.objects_of(kind, accepts, below.many) if below.many else None
            return Completion(single(site, kind, accepts, below.one), many)
        if is_abstract_type(named):
            possible = self.run.schema.get_possible_types(named)
            table = {one.name: (acceptance_of(one), self.below(site, one).one) for one in possible}
            return Completion(one_of_many(site, kind, table), None)
        raise NotCovered

    def below(self, site: Site, parent: GraphQLObjectType) -> Selection:
        """The functions of the fields below a field, for objects of this type."""
        run = self.run
        collected = collect_subfields(
            run.schema, run.fragments, run.variable_values, run.operation, parent, site.details, run.hide_suggestions
        )
        return self.selection(parent, collected)


def constant(value: str) -> Field:
    """A field that is the same for every object."""
    return lambda _run, _source, _place: value


def plain(site: Site, complete: Complete, source: Source, as_is: frozenset[type] = frozenset()) -> Field:
    """A field whose value needs nothing but its object; a value of the types ``as_is`` is not completed."""
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
    """A field whose resolver is called with an ``info`` and the arguments, as graphql-core does."""
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
    """The value, which must not be awaitable."""
    if run.is_awaitable(value):
        raise abandoned(value)
    return value


def arguments(run: Run, site: Site) -> dict[str, Any]:
    """The field's arguments, with the values of its variables."""
    first = site.details[0]
    if not site.definition.args:
        return {}
    return get_argument_values(
        site.definition, first.node, run.variable_values, first.fragment_variable_values, run.hide_suggestions
    )
