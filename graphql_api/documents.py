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
    """A text that has been read. ``errors`` are ready for a response; where there are none its operations may run.

    Then it has ``plans``, by which they are executed.
    """

    ast: DocumentNode | None = None
    kinds: dict[str | None, OperationType] = field(default_factory=dict)
    prices: dict[str | None, OperationPrice] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    plans: Plans | None = None
    shapes: dict[str | None, Any] = field(default_factory=dict)
    """What :mod:`graphql_api.live` has found out about its subscriptions, by names that :meth:`name` has given."""

    def name(self, operation_name: str | None) -> str | None:
        """The name of the operation that is picked, as the document has it; None for one without a name.

        Raises:
            KeyError: none is picked.
        """
        if operation_name is None and len(self.kinds) == 1:
            return next(iter(self.kinds))
        if operation_name is None or operation_name not in self.kinds:
            raise KeyError
        return operation_name

    def kind(self, operation_name: str | None) -> OperationType | None:
        """Query, mutation or subscription; None where the name picks no operation, or none picks one of several."""
        try:
            return self.kinds[self.name(operation_name)]
        except KeyError:
            return None

    def price(self, operation_name: str | None, variables: dict[str, Any] | None) -> int:
        """The points that an operation costs with these variables; one that is not there costs 1."""
        try:
            return self.prices[self.name(operation_name)].of(variables)
        except KeyError:
            return 1

    def refuse(self, errors: list[dict[str, Any]]) -> "Document":
        """Keep the errors and let go of the rest, which nothing will run."""
        self.errors = errors
        self.ast = None
        return self


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
        """The document, if it was read before, or if it is too long to be read. Takes a microsecond."""
        if len(text) > self.limits.characters:
            error = too_expensive("characters", len(text), self.limits.characters)
            return Document().refuse([shown(error, Code.QUERY_TOO_EXPENSIVE)])
        with self._lock:
            document = self._kept.get(text)
            if document is not None:
                self._kept.move_to_end(text)
            return document

    def read(self, text: str, *, tokens: int | None = None) -> Document:
        """The document, parsed and validated if it is not known; not for an event loop: 0.1 ms to 0.3 s.

        ``tokens`` is how many it may have for who sends it, where that are fewer than for others. What is refused for
        that alone is not kept.
        """
        known = self.known(text)
        if known is not None:
            return known
        most = min(self.limits.tokens, tokens or self.limits.tokens)
        document = self._parse(text, most)
        if document.ast is not None:
            self._validate(text, document, document.ast)
        elif most < self.limits.tokens and has_code(document, Code.QUERY_TOO_EXPENSIVE):
            return document
        return self._keep(text, document)

    def _parse(self, text: str, tokens: int) -> Document:
        document = Document()
        try:
            ast = parse(text, max_tokens=tokens)
        except GraphQLSyntaxError as error:
            return document.refuse([shown(error, code_of_unparsable(error))])
        document.ast = ast
        for node in ast.definitions:
            if isinstance(node, OperationDefinitionNode):
                document.kinds[node.name.value if node.name else None] = node.operation
        if broken := limits.check(ast, self.limits):
            document.refuse([shown(error, Code.QUERY_TOO_EXPENSIVE) for error in broken])
        return document

    def _validate(self, text: str, document: Document, ast: DocumentNode) -> None:
        closed = not self.introspection
        errors = validate(self.schema, ast, self.rules, self.limits.errors, hide_suggestions=closed)
        if errors:
            document.refuse([shown(error, code_of_invalid(error)) for error in errors])
        else:
            document.plans = Plans(ast, len(text))
            document.prices = prices_of(self.schema, ast)

    def _keep(self, text: str, document: Document) -> Document:
        """Keep it, unless it was read and kept by another thread meanwhile; then that one is returned."""
        with self._lock:
            if text in self._kept:
                return self._kept[text]
            self._kept[text] = document
            self._characters += len(text)
            while len(self._kept) > KEPT_DOCUMENTS or self._characters > KEPT_CHARACTERS:
                oldest, _ = self._kept.popitem(last=False)
                self._characters -= len(oldest)
        return document


def has_code(document: Document, code: Code) -> bool:
    """Whether it was refused for this."""
    return any(error["extensions"]["code"] == code for error in document.errors)


def code_of_unparsable(error: GraphQLSyntaxError) -> Code:
    """graphql-core tells a document that is too long or too deep from a malformed one by its message alone."""
    return Code.QUERY_TOO_EXPENSIVE if "Parsing aborted" in error.message else Code.PARSE_FAILED


def code_of_invalid(error: GraphQLError) -> str:
    """A value that its type refuses carries its code already."""
    return str((error.extensions or {}).get("code", Code.VALIDATION_FAILED))
