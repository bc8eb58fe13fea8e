"""GraphQL documents, parsed and validated once per text. Published ones are kept apart from all others."""

from dataclasses import dataclass, field
from sys import getsizeof
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
)

from graphql_server.caches import BoundedCache, freed_bytes
from graphql_server.digests import digest_of
from graphql_server.documents import size
from graphql_server.documents.cost import OperationPrice, prices_of
from graphql_server.documents.size import too_expensive
from graphql_server.documents.uses import Use
from graphql_server.documents.validation import errors_of
from graphql_server.errors import ApiError, Code, shown
from graphql_server.internals import are_tried
from graphql_server.limits import DocumentLimits
from graphql_server.plans.document_plans import Plans
from graphql_server.ports.costs import Prices
from graphql_server.ports.published_documents import Level, PublishedDocuments

KEPT_BYTES, REFUSED_BYTES = 8 * 1024 * 1024, 2 * 1024 * 1024
"""The bytes of kept documents, with their plans and shapes, and of refused documents, with their errors."""
PUBLISHED_BYTES = 32 * 1024 * 1024
"""The bytes of published documents: about 500. Other documents never displace them."""
NOT_TRUSTED = "This server runs published documents only, and this one is not published."
BYTES_OF_A_TOKEN, BYTES_OF_A_DOCUMENT, BYTES_OF_AN_ERROR, BYTES_OF_A_SHAPE = 420, 12_000, 1_600, 4_000
"""Bytes of a token with the node that is made of it, measured."""
GARBAGE_OF_A_CHARACTER = 100
"""The bytes that a refused document leaves to the garbage collector, for each of its characters."""


@dataclass(slots=True)
class Document:
    """A text that was parsed. ``errors`` are ready for a response; without errors its operations may run.

    A valid document has ``plans`` for its execution, if :func:`~graphql_server.internals.are_tried`.
    """

    ast: DocumentNode | None = None
    kinds: dict[str | None, OperationType] = field(default_factory=dict)
    prices: dict[str | None, OperationPrice] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    plans: Plans | None = None
    text: str = ""
    is_published: bool = False
    fields: int = 0
    """The number of the document's fields, with every spread of a fragment written out."""
    weight: int = 0
    """The most bytes that the document takes in memory."""
    labels: dict[str | None, tuple[str, str]] = field(default_factory=dict)
    """The type and the name that metrics show for its operations (:mod:`graphql_server.execution.observed`)."""
    key_templates: dict[str | None, Any] = field(default_factory=dict)
    """The key templates that :mod:`graphql_server.live` has made of its subscriptions, by :meth:`name`."""
    uses: dict[Any, Use] = field(default_factory=dict)
    """Which parts of the schema its operations use (:mod:`graphql_server.documents.uses`)."""

    def name(self, operation_name: str | None) -> str | None:
        """The name of the chosen operation in the document; None for an operation without a name.

        Raises:
            KeyError: no operation is chosen.
        """
        if operation_name is None and len(self.kinds) == 1:
            return next(iter(self.kinds))
        if operation_name is None or operation_name not in self.kinds:
            raise KeyError
        return operation_name

    def kind(self, operation_name: str | None) -> OperationType | None:
        """Query, mutation or subscription; None if the name fits no operation, or is missing and there are several."""
        try:
            return self.kinds[self.name(operation_name)]
        except KeyError:
            return None

    def price(self, operation_name: str | None, variables: dict[str, Any] | None) -> int:
        """The points that an operation costs with these variables; an unknown operation costs 1."""
        try:
            return self.prices[self.name(operation_name)].of(variables)
        except KeyError:
            return 1

    def refuse(self, errors: list[dict[str, Any]]) -> "Document":
        """Keep only the errors: a refused document never runs."""
        self.errors = errors
        self.ast = None
        return self

    def weigh(self) -> None:
        """Compute the bytes of the document: its text, and its tree or its errors."""
        self.weight = BYTES_OF_A_DOCUMENT + getsizeof(self.text)
        if self.ast is None:
            self.weight += sum(BYTES_OF_AN_ERROR + getsizeof(error["message"]) for error in self.errors)
        else:
            self.weight += BYTES_OF_A_TOKEN * self.ast.token_count
        if self.plans and self.ast:
            self.weight += self.plans.most_bytes(self.fields)


class Documents:
    """Parses and validates documents, and keeps the most recently used. Safe for threads."""

    def __init__(
        self,
        schema: GraphQLSchema,
        prices: Prices,
        most: DocumentLimits,
        registry: PublishedDocuments,
        *,
        introspection: bool,
    ) -> None:
        self.schema = schema
        self.registry = registry
        self.prices = prices
        self.limits = most
        self.introspection = introspection
        self.has_plans = are_tried()
        self.kept: BoundedCache[str, Document] = BoundedCache("documents", KEPT_BYTES)
        self.refused: BoundedCache[str, Document] = BoundedCache("refused documents", REFUSED_BYTES)
        self.published: BoundedCache[str, Document] = BoundedCache("published documents", PUBLISHED_BYTES, self._forget)
        self._texts: dict[str, str] = {}  # The texts of ``published`` by digest.

    def known(self, text: str) -> Document | None:
        """The document, if it was read before or is too long to be read. Takes a microsecond."""
        if len(text) > self.limits.characters:
            error = too_expensive("characters", len(text), self.limits.characters)
            return Document().refuse([shown(error, Code.QUERY_TOO_EXPENSIVE)])
        return self.published.get(text) or self.kept.get(text) or self.refused.get(text)

    def known_by(self, digest: str) -> Document | None:
        """The published document of a digest, if it is prepared. Takes a microsecond."""
        text = self._texts.get(digest)
        return None if text is None else self.published.get(text)

    def find(self, digest: str) -> Document | None:
        """The published document of a digest, prepared if it is not; None if there is none. Not for an event loop."""
        known = self.known_by(digest)
        if known is not None:
            return known
        text = self.registry.find(digest)
        return None if text is None else self._prepared(text, digest)

    def prepare(self) -> int:
        """Parse and validate every published document, so that no request has to; returns how many there are.

        Not for an event loop. Takes a few milliseconds for a document.
        """
        return len([self._prepared(text, digest_of(text)) for text in self.registry.texts()])

    def drop_withdrawn(self) -> int:
        """Drop prepared documents that are not published any more; returns how many. Not for an event loop."""
        digests = tuple(self._texts)
        withdrawn = set(digests) - self.registry.among(digests)
        for digest in withdrawn:
            text = self._texts.pop(digest, None)
            if text is not None:
                self.published.pop(text)
        return len(withdrawn)

    def read(self, text: str, *, tokens: int | None = None, is_ours: bool = False) -> Document:
        """The document, parsed and validated unless it is kept; not for an event loop: 0.1 ms to 0.3 s.

        ``tokens`` limits the tokens for this sender, if that is fewer than for other senders. A document that is
        refused only for this limit is not kept, nor one that is refused because it is not published. What the
        application runs itself (``is_ours``) need not be published, and is not kept for callers where theirs must be.
        """
        known = self.known(text)
        if known is not None:
            return known
        level = self.registry.level
        if level is not Level.OPEN and self.registry.find(digest := digest_of(text)) is not None:
            return self._prepared(text, digest)
        if level is Level.REFUSE and is_ours:
            return self._made(text)
        if level is Level.REFUSE:
            error = ApiError(Code.DOCUMENT_NOT_TRUSTED, NOT_TRUSTED)
            return Document(text=text).refuse([shown(error, Code.DOCUMENT_NOT_TRUSTED)])
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

    def _prepared(self, text: str, digest: str) -> Document:
        document = self._made(text)
        document.is_published = True
        self._texts[digest] = text
        self.published.put(text, document, document.weight)
        return document

    def _made(self, text: str) -> Document:
        document = self._parse(text, self.limits.tokens)
        if document.ast is not None:
            self._validate(text, document, document.ast)
        document.weigh()
        return document

    def _forget(self, text: str) -> None:
        self._texts.pop(digest_of(text), None)

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
        measured, broken = size.check(ast, self.limits)
        document.fields = measured.fields
        if broken:
            document.refuse([shown(error, Code.QUERY_TOO_EXPENSIVE) for error in broken])
        return document

    def _validate(self, text: str, document: Document, ast: DocumentNode) -> None:
        errors = errors_of(self.schema, text, ast, most=self.limits.errors, introspection=self.introspection)
        if errors:
            document.refuse([shown(error, code_of_invalid(error)) for error in errors])
        else:
            document.plans = Plans(ast, len(text)) if self.has_plans else None
            document.prices = prices_of(self.schema, ast, self.prices)

    def keep_key_template(self, document: Document, name: str | None, template: Any, size: int) -> None:
        """Keep the key template of a document's subscription, ``size`` bytes, as long as the document."""
        document.key_templates[name] = template
        document.weight += BYTES_OF_A_SHAPE + size
        cache = self.published if document.is_published else self.kept
        if cache.get(document.text) is document:
            cache.put(document.text, document, document.weight)


def unchain(ast: DocumentNode) -> None:
    """Unlink the chain of tokens that the parser leaves behind and that nothing reads.

    Tokens that refer to each other, and so the whole tree, would be freed by the garbage collector alone.
    """
    token = ast.loc and ast.loc.start_token
    while token:
        following = token.next
        token.prev = token.next = None
        token = following


def has_code(document: Document, code: Code) -> bool:
    """Whether one of the document's errors has this code."""
    return any(error["extensions"]["code"] == code for error in document.errors)


def code_of_unparsable(error: GraphQLSyntaxError) -> Code:
    """The code of a parse error: only the message of graphql-core distinguishes long and deep documents from malformed
    ones.
    """
    return Code.QUERY_TOO_EXPENSIVE if "Parsing aborted" in error.message else Code.PARSE_FAILED


def code_of_invalid(error: GraphQLError) -> str:
    """The code of a validation error: a value that its type refuses carries its code already."""
    return str((error.extensions or {}).get("code", Code.VALIDATION_FAILED))
