"""Validation: the specified rules and ours, by graphql-core's walk over the document.

graphql-core makes each of its 35 rules again for each document and asks each of them for its methods, for each kind of
node: a third of the time that a new document takes. Here the methods are looked up once (:func:`methods_for`), and only
those rules run that can say something about the text (:data:`ABOUT`). Most documents need none
(:mod:`graphql_server.documents.plain`): 0.01 ms instead of 0.3 ms.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, cast

from graphql import (
    BREAK,
    SKIP,
    ASTValidationRule,
    DocumentNode,
    FragmentsOnCompositeTypesRule,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    KnownArgumentNamesRule,
    KnownDirectivesRule,
    KnownFragmentNamesRule,
    KnownTypeNamesRule,
    Node,
    NoFragmentCyclesRule,
    NoSchemaIntrospectionCustomRule,
    NoUndefinedVariablesRule,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    PossibleFragmentSpreadsRule,
    ScalarLeafsRule,
    SingleFieldSubscriptionsRule,
    UniqueArgumentNamesRule,
    UniqueDirectivesPerLocationRule,
    UniqueFragmentNamesRule,
    UniqueInputFieldNamesRule,
    UniqueVariableNamesRule,
    ValidationContext,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
    Visitor,
    VisitorAction,
    specified_rules,
    validate,
)
from graphql.utilities import validate_input_literal

from graphql_server.documents.plain import is_plain_and_valid
from graphql_server.errors import Code, is_refusal
from graphql_server.internals import EnterLeaveVisitor, MaybeNullValidationRule, OneOfInputValidationRule

Rule = type[ASTValidationRule]


class LiteralsOfCorrectType(ValuesOfCorrectTypeRule):
    """The specified rule; a value that its type refuses is the user's input, in a variable or as a literal."""

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        """Add the position of the value to the errors of scalars, which do not know it."""
        if input_type:
            hide = self.context.hide_suggestions
            validate_input_literal(node, input_type, lambda error, _: self.refuse(error, node), None, None, hide)
        return SKIP

    def refuse(self, error: GraphQLError, node: ValueNode) -> None:
        """Report a value that its type refuses."""
        if not is_refusal(error):
            raise error
        extensions = {"code": Code.BAD_USER_INPUT.value, **(error.extensions or {})}
        self.report_error(GraphQLError(error.message, error.nodes or node, extensions=extensions))


class LeafsWithoutHint(ScalarLeafsRule):
    """The specified rule, without suggestions in its message where they are hidden; graphql-core always suggests."""

    def report_error(self, error: GraphQLError) -> None:
        """Report the error, without the suggestion."""
        if self.context.hide_suggestions:
            error = GraphQLError(error.message.partition(" Did you mean ")[0], error.nodes)
        super().report_error(error)


OURS: dict[type[ASTValidationRule], type[ASTValidationRule]] = {
    ValuesOfCorrectTypeRule: LiteralsOfCorrectType,
    ScalarLeafsRule: LeafsWithoutHint,
}
RULES: tuple[type[ASTValidationRule], ...] = (
    *(OURS.get(rule, rule) for rule in specified_rules),
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)
ABOUT: dict[Rule, tuple[str, ...]] = {
    **dict.fromkeys((KnownDirectivesRule, UniqueDirectivesPerLocationRule), ("@",)),
    **dict.fromkeys((KnownFragmentNamesRule, PossibleFragmentSpreadsRule, NoFragmentCyclesRule), ("...",)),
    **dict.fromkeys((UniqueFragmentNamesRule, NoUnusedFragmentsRule), ("fragment",)),
    FragmentsOnCompositeTypesRule: ("...", "fragment"),
    KnownTypeNamesRule: ("...", "fragment", "$"),
    **dict.fromkeys((VariablesAreInputTypesRule, UniqueVariableNamesRule, NoUndefinedVariablesRule), ("$",)),
    **dict.fromkeys((NoUnusedVariablesRule, VariablesInAllowedPositionRule), ("$",)),
    **dict.fromkeys((KnownArgumentNamesRule, UniqueArgumentNamesRule, UniqueInputFieldNamesRule), ("(",)),
    **dict.fromkeys((LiteralsOfCorrectType, MaybeNullValidationRule, OneOfInputValidationRule), ("(",)),
    SingleFieldSubscriptionsRule: ("subscription",),
    NoSchemaIntrospectionCustomRule: ("__",),
}
"""By rule: texts of which a document must contain at least one to break the rule. All other rules always run."""


def errors_of(
    schema: GraphQLSchema, text: str, ast: DocumentNode, *, most: int, introspection: bool
) -> list[GraphQLError]:
    """The errors that graphql-core's ``validate`` finds by all rules; at most ``most``, and one that says so."""
    if is_plain_and_valid(schema, ast):
        return []
    rules = (*RULES,) if introspection else (*RULES, NoSchemaIntrospectionCustomRule)
    concerned = tuple(rule for rule in rules if rule not in ABOUT or any(part in text for part in ABOUT[rule]))
    together = cast("Rule", partial(RulesTogether, concerned))
    return validate(schema, ast, [together], most, hide_suggestions=not introspection)


class RulesTogether(Visitor):
    """Several rules as one, as graphql-core's ``ParallelVisitor``: each may skip what is below a node for itself."""

    def __init__(self, rules: tuple[Rule, ...], context: ValidationContext) -> None:
        super().__init__()
        self.rules = rules
        context.get_variable_usages = partial(usages_in, context.get_variable_usages)  # type: ignore[method-assign]
        self.made = [rule(context) for rule in rules]
        self.skipping: list[Any] = [None] * len(rules)
        """By rule: the node whose children it skips, ``BREAK`` if the rule has ended, or None."""

    def get_enter_leave_for_kind(self, kind: str) -> EnterLeaveVisitor:
        """The rules' methods for nodes of this kind."""
        if kind not in self.enter_leave_map:
            enters, leaves = (self.named(names) for names in methods_for(self.rules, kind))
            enter = partial(self.entered, enters) if enters else None
            leave = partial(self.left, enters, leaves) if enters or leaves else None
            self.enter_leave_map[kind] = EnterLeaveVisitor(enter, leave)
        return self.enter_leave_map[kind]

    def named(self, names: tuple[tuple[int, str], ...]) -> list[tuple[int, Callable[..., Any]]]:
        """Methods of the rules, each with the rule's place."""
        return [(place, getattr(self.made[place], name)) for place, name in names]

    def entered(self, enters: list[tuple[int, Callable[..., Any]]], node: Node, *where: Any) -> None:
        """Call the rules for a node before its children."""
        skipping = self.skipping
        for place, enter in enters:
            if skipping[place] is None:
                action = enter(node, *where)
                if action is not None:
                    skipping[place] = node if action is SKIP or action is False else BREAK

    def left(
        self,
        enters: list[tuple[int, Callable[..., Any]]],
        leaves: list[tuple[int, Callable[..., Any]]],
        node: Node,
        *where: Any,
    ) -> None:
        """Call the rules for a node after its children."""
        skipping = self.skipping
        for place, leave in leaves:
            if skipping[place] is None and leave(node, *where) in {BREAK, True}:
                skipping[place] = BREAK
        for place, _ in enters:
            if skipping[place] is node:
                skipping[place] = None


def usages_in(walk: Callable[[Any], list[Any]], definition: Any) -> list[Any]:
    """The variables in a definition; without a walk where its text has none, as most fragments."""
    place = definition.loc
    if place and "$" not in place.source.body[place.start : place.end]:
        return []
    return walk(definition)


@lru_cache(maxsize=10_000)
def methods_for(rules: tuple[Rule, ...], kind: str) -> tuple[tuple[tuple[int, str], ...], ...]:
    """The names of the rules' methods for entering and for leaving nodes of this kind, each with the rule's place."""
    return tuple(
        tuple(
            (place, name)
            for place, rule in enumerate(rules)
            for name in [next((one for one in (f"{when}_{kind}", when) if hasattr(rule, one)), "")]
            if name
        )
        for when in ("enter", "leave")
    )
