"""GraphQL documents, parsed and validated once per text."""

from dataclasses import dataclass, field
from sys import getsizeof
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

from graphql_server.caches import BoundedCache, freed_bytes
from graphql_server.documents import size
from graphql_server.documents.cost import OperationPrice, prices_of
from graphql_server.documents.size import too_expensive
from graphql_server.errors import Code, is_refusal, shown
from graphql_server.internals import are_tried
from graphql_server.limits import DocumentLimits
from graphql_server.plans.documents import Plans
from graphql_server.ports import Prices

KEPT_BYTES, REFUSED_BYTES = 8 * 1024 * 1024, 2 * 1024 * 1024
"""Of the documents that are kept, with their plans and shapes; and of those that are refused, with their errors."""
BYTES_OF_A_TOKEN, BYTES_OF_A_DOCUMENT, BYTES_OF_AN_ERROR, BYTES_OF_A_SHAPE = 420, 12_000, 1_600, 4_000
"""As measured; a token with the node that it makes."""
GARBAGE_OF_A_CHARACTER = 100
"""Bytes that a refused document leaves to the garbage collector, for each of its characters."""
SHOWN_CHARACTERS = 500
"""Of an error's message: it may quote a name of any length."""


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

    Then it has ``plans``, by which they are executed, where :func:`~graphql_server.internals.are_tried`.
    """

    ast: DocumentNode | None = None
    kinds: dict[str | None, OperationType] = field(default_factory=dict)
    prices: dict[str | None, OperationPrice] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    plans: Plans | None = None
    text: str = ""
    weight: int = 0
    """Bytes that it takes in memory, at the most."""
    key_templates: dict[str | None, Any] = field(default_factory=dict)
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
        self.errors = [{**error, "message": shortened(error["message"])} for error in errors]
        self.ast = None
        return self

    def weigh(self) -> None:
        """Work out its weight: text, and tree or errors."""
        self.weight = BYTES_OF_A_DOCUMENT + getsizeof(self.text)
        if self.ast is None:
            self.weight += sum(BYTES_OF_AN_ERROR + getsizeof(error["message"]) for error in self.errors)
        else:
            self.weight += BYTES_OF_A_TOKEN * self.ast.token_count
        if self.plans and self.ast:
            self.weight += self.plans.most_bytes(size.fields_of(self.ast))


class Documents:
    """Parses and validates; keeps what was used last. Safe for threads."""

    def __init__(self, schema: GraphQLSchema, prices: Prices, most: DocumentLimits, *, introspection: bool) -> None:
        self.schema = schema
        self.prices = prices
        self.limits = most
        self.introspection = introspection
        self.has_plans = are_tried()
        self.rules = RULES if introspection else (*RULES, NoSchemaIntrospectionCustomRule)
        self.kept: BoundedCache[str, Document] = BoundedCache("documents", KEPT_BYTES)
        self.refused: BoundedCache[str, Document] = BoundedCache("refused documents", REFUSED_BYTES)

    def known(self, text: str) -> Document | None:
        """The document, if it was read before, or if it is too long to be read. Takes a microsecond."""
        if len(text) > self.limits.characters:
            error = too_expensive("characters", len(text), self.limits.characters)
            return Document().refuse([shown(error, Code.QUERY_TOO_EXPENSIVE)])
        return self.kept.get(text) or self.refused.get(text)

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
        document.weigh()
        if document.errors:
            freed_bytes.report(GARBAGE_OF_A_CHARACTER * len(text))
        kept = self.refused if document.errors else self.kept
        kept.put(text, document, document.weight)
        return document

    def _parse(self, text: str, tokens: int) -> Document:
        document = Document(text=text)
        try:
            ast = parse(text, max_tokens=tokens)
        except GraphQLSyntaxError as error:
            return document.refuse([shown(error, code_of_unparsable(error))])
        unchain(ast)
        document.ast = ast
        for node in ast.definitions:
            if isinstance(node, OperationDefinitionNode):
                document.kinds[node.name.value if node.name else None] = node.operation
        if broken := size.check(ast, self.limits):
            document.refuse([shown(error, Code.QUERY_TOO_EXPENSIVE) for error in broken])
        return document

    def _validate(self, text: str, document: Document, ast: DocumentNode) -> None:
        closed = not self.introspection
        errors = validate(self.schema, ast, self.rules, self.limits.errors, hide_suggestions=closed)
        if errors:
            document.refuse([shown(error, code_of_invalid(error)) for error in errors])
        else:
            document.plans = Plans(ast, len(text)) if self.has_plans else None
            document.prices = prices_of(self.schema, ast, self.prices)

    def keep_key_template(self, document: Document, name: str | None, template: Any, size: int) -> None:
        """Keep what was found out about a subscription of a document, ``size`` bytes, as long as the document."""
        document.key_templates[name] = template
        document.weight += BYTES_OF_A_SHAPE + size
        if self.kept.get(document.text) is document:
            self.kept.put(document.text, document, document.weight)


def unchain(ast: DocumentNode) -> None:
    """Undo the chain of tokens that the parser leaves behind and nothing reads.

    Tokens that point at each other, and so the whole tree, would be freed by the garbage collector alone.
    """
    token = ast.loc and ast.loc.start_token
    while token:
        following = token.next
        token.prev = token.next = None
        token = following


def shortened(message: str) -> str:
    """A message of a length that can be kept and answered with."""
    return message if len(message) <= SHOWN_CHARACTERS else f"{message[:SHOWN_CHARACTERS]}…"


def has_code(document: Document, code: Code) -> bool:
    """Whether it was refused for this."""
    return any(error["extensions"]["code"] == code for error in document.errors)


def code_of_unparsable(error: GraphQLSyntaxError) -> Code:
    """graphql-core tells a document that is too long or too deep from a malformed one by its message alone."""
    return Code.QUERY_TOO_EXPENSIVE if "Parsing aborted" in error.message else Code.PARSE_FAILED


def code_of_invalid(error: GraphQLError) -> str:
    """A value that its type refuses carries its code already."""
    return str((error.extensions or {}).get("code", Code.VALIDATION_FAILED))
