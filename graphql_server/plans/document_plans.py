"""The plans of one document, compiled when they are needed and kept with it."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, SelectionSetNode, VariableNode

from graphql_server.plans.fields import Compiler, NotCovered
from graphql_server.plans.values import Run, Select
from graphql_server.plans.variables import Variables

MOST_VARIANTS = 16
"""The most combinations of conditions that are compiled: those of 4 variables in ``@include`` or ``@skip``."""
FEWEST_FIELDS, CHARACTERS_OF_A_FIELD = 50, 6
"""A document may have this many compiled fields, or one for this many of its characters."""
BYTES_OF_A_FIELD = 1_600
CONDITIONS = frozenset({"include", "skip"})


class Plans:
    """Compiled operations by their name and the outcome of the document's conditions. Safe for threads.

    The total number of their fields is limited by the length of the text, not by what its fragments and conditions
    expand to.
    """

    def __init__(self, ast: DocumentNode, characters: int) -> None:
        self.conditions = conditions_of(ast)
        self.fields_left = max(FEWEST_FIELDS, characters // CHARACTERS_OF_A_FIELD)
        self._compiled: dict[Any, Plan | None] = {}
        self._variables: dict[str | None, Variables | None] = {}

    def most_bytes(self, fields: int) -> int:
        """About the most bytes that all of them take, for a document with this number of ``fields``."""
        outcomes = min(MOST_VARIANTS, 1 << len(self.conditions))
        return BYTES_OF_A_FIELD * min(self.fields_left, fields * outcomes)

    def variables(self, schema: GraphQLSchema, document: DocumentNode, name: str | None) -> Variables | None:
        """The variables of the operation with this name; None if graphql-core has to coerce them."""
        try:
            return self._variables[name]
        except KeyError:
            if len(self._variables) < MOST_VARIANTS:
                self._variables[name] = Variables.of(schema, document, name)
            return self._variables.get(name)

    def of(self, run: Run) -> "Plan | None":
        """The plan for the operation of ``run``; None if graphql-core has to execute it."""
        values = run.variable_values.coerced
        name = run.operation.name
        key = (name.value if name else None, *[values.get(one) for one in self.conditions])
        try:
            return self._compiled[key]
        except KeyError:
            return self._compile(key, run) if len(self._compiled) < MOST_VARIANTS else None

    def _compile(self, key: Any, run: Run) -> "Plan | None":
        compiler = Compiler(run, self.fields_left, set())
        plan = None
        with suppress(NotCovered, GraphQLError, RecursionError):
            plan = Plan(compiler.operation(), frozenset(compiler.selected_fields))
            self.fields_left = compiler.left
        self._compiled[key] = plan
        return plan


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled operation. ``select`` executes it. ``selected_fields`` has the coordinates of its fields."""

    select: Select
    selected_fields: frozenset[str]


def conditions_of(ast: DocumentNode) -> tuple[str, ...]:
    """The variables that decide which fields are selected."""
    names: set[str] = set()
    below: list[SelectionSetNode] = [one.selection_set for one in ast.definitions if hasattr(one, "selection_set")]
    while below:
        for selection in below.pop().selections:
            for directive in selection.directives or ():
                values = [argument.value for argument in directive.arguments or ()]
                if directive.name.value in CONDITIONS:
                    names.update(value.name.value for value in values if isinstance(value, VariableNode))
            if deeper := getattr(selection, "selection_set", None):
                below.append(deeper)
    return tuple(sorted(names))
