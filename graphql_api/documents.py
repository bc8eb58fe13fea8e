"""GraphQL documents, parsed and validated once per text."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from graphql import (
    SKIP,
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    ScalarLeafsRule,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VisitorAction,
    parse,
    specified_rules,
    validate,
)
from graphql.utilities import validate_input_literal
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from graphql_api import limits
from graphql_api.costs import OperationPrice, prices_of
from graphql_api.errors import Code, is_refusal, shown
from graphql_api.limits import Limits, too_expensive
from graphql_api.plans.documents import Plans

KEPT_DOCUMENTS = 1_000
KEPT_CHARACTERS = 500_000  # A parsed document takes 50 to 110 times its text: 25 to 55 MB in all.


class LiteralsOfCorrectType(ValuesOfCorrectTypeRule):
    """The specified rule; a value that its type refuses is the user's input, in a variable or written out."""

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        """Tell where the value stands, which an error raised by one of our scalars does not know."""
        if input_type:
            hide = self.context.hide_suggestions
            validate_input_literal(node, input_type, lambda error, _: self.refuse(error, node), None, None, hide)
        return SKIP

    def refuse(self, error: GraphQLError, node: ValueNode) -> None:
        """Report a value that its type does not take."""
        if not is_refusal(error):
            raise error
        extensions = {"code": Code.BAD_USER_INPUT.value, **(error.extensions or {})}
        self.report_error(GraphQLError(error.message, error.nodes or node, extensions=extensions))


class LeafsWithoutHint(ScalarLeafsRule):
    """The specified rule, whose message suggests nothing where suggestions are hidden; graphql-core's always does."""

    def report_error(self, error: GraphQLError) -> None:
        """Report it, without the suggestion."""
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


@dataclass(slots=True)
class Document:
    """A parsed text. ``errors`` are ready for a response; None means not validated yet, empty that it may run.

    A valid one has ``plans``, by which its operations are executed.
    """

    ast: DocumentNode | None = None
    kinds: dict[str | None, OperationType] = field(default_factory=dict)
    prices: dict[str | None, OperationPrice] = field(default_factory=dict)
    errors: list[dict[str, Any]] | None = None
    plans: Plans | None = None
    shapes: dict[str | None, Any] = field(default_factory=dict)
    """What :mod:`graphql_api.live` has found out about its subscriptions."""

    def kind(self, operation_name: str | None) -> OperationType | None:
        """Query, mutation or subscription; None where the name picks no operation, or none picks one of several."""
        if operation_name is None and len(self.kinds) == 1:
            return next(iter(self.kinds.values()))
        return self.kinds.get(operation_name) if operation_name is not None else None

    def price(self, operation_name: str | None, variables: dict[str, Any] | None) -> int:
        """The points that an operation costs with these variables; one that is not there costs 1."""
        if operation_name is None and len(self.prices) == 1:
            return next(iter(self.prices.values())).of(variables)
        priced = self.prices.get(operation_name) if operation_name is not None else None
        return priced.of(variables) if priced else 1

    def refuse(self, errors: list[dict[str, Any]]) -> None:
        """Keep the errors and let go of the rest, which nothing will run."""
        self.errors = errors
        self.ast = None


class Documents:
    """Parses and validates; keeps what was used last. Safe for threads."""

    def __init__(self, schema: GraphQLSchema, most: Limits, *, introspection: bool) -> None:
        self.schema = schema
        self.limits = most
        self.introspection = introspection
        self.rules = RULES if introspection else (*RULES, NoSchemaIntrospectionCustomRule)
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0
        self._lock = Lock()

    def known(self, text: str) -> Document | None:
        """The document, if it has been validated, or found wrong, before."""
        with self._lock:
            document = self._kept.get(text)
            if document is None or document.errors is None:
                return None
            self._kept.move_to_end(text)
            return document

    def parsed(self, text: str) -> Document:
        """The document, parsed; its ``errors`` are set if that failed or a limit is broken."""
        with self._lock:
            if document := self._kept.get(text):
                self._kept.move_to_end(text)
                return document
        document = self._parse(text)
        self._keep(text, document)
        return document

    def validated(self, text: str) -> Document:
        """The document, parsed and validated."""
        document = self.parsed(text)
        if document.errors is None and (ast := document.ast):
            closed = not self.introspection
            errors = validate(self.schema, ast, self.rules, self.limits.errors, hide_suggestions=closed)
            if errors:
                document.refuse([shown(error, code_of_invalid(error)) for error in errors])
            else:
                document.plans = Plans(ast, len(text))
                document.prices = prices_of(self.schema, ast)
                document.errors = []
        return document

    def _parse(self, text: str) -> Document:
        document = Document()
        if len(text) > self.limits.characters:
            error = too_expensive("characters", len(text), self.limits.characters)
            document.refuse([shown(error, Code.QUERY_TOO_EXPENSIVE)])
            return document
        try:
            ast = parse(text, max_tokens=self.limits.tokens)
        except GraphQLSyntaxError as error:
            document.refuse([shown(error, code_of_unparsable(error))])
            return document
        document.ast = ast
        for node in ast.definitions:
            if isinstance(node, OperationDefinitionNode):
                document.kinds[node.name.value if node.name else None] = node.operation
        if broken := limits.check(ast, self.limits):
            document.refuse([shown(error, Code.QUERY_TOO_EXPENSIVE) for error in broken])
        return document

    def _keep(self, text: str, document: Document) -> None:
        if len(text) > self.limits.characters:
            return
        with self._lock:
            if text not in self._kept:
                self._kept[text] = document
                self._characters += len(text)
            while len(self._kept) > KEPT_DOCUMENTS or self._characters > KEPT_CHARACTERS:
                oldest, _ = self._kept.popitem(last=False)
                self._characters -= len(oldest)


def code_of_unparsable(error: GraphQLSyntaxError) -> Code:
    """graphql-core tells a document that is too long or too deep from a malformed one by its message alone."""
    return Code.QUERY_TOO_EXPENSIVE if "Parsing aborted" in error.message else Code.PARSE_FAILED


def code_of_invalid(error: GraphQLError) -> str:
    """A value that its type refuses carries its code already."""
    return str((error.extensions or {}).get("code", Code.VALIDATION_FAILED))
