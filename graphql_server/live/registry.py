"""Finds the stream that a subscription shares with its equals."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary, WeakValueDictionary

from graphql import GraphQLField
from strawberry.schema.schema_converter import GraphQLCoreConverter

from events import cursors
from events.errors import InvalidCursor
from graphql_api import billing
from graphql_api.live import Following
from graphql_api.stats_feed import Counted
from graphql_server.context import Context
from graphql_server.documents import Document
from graphql_server.errors import ApiError, failure
from graphql_server.executor import Begun, Executor, Operation, bound
from graphql_server.live.budget import holdings
from graphql_server.live.group import Shared
from graphql_server.live.key import Shape, canonical, shape_of
from graphql_server.live.latest import Sharing, Updates
from graphql_server.live.payloads import Payloads
from graphql_server.live.subscriber import Subscriber
from graphql_server.responses import Response
from graphql_server.threads import OffLoop
from tenants.context import Caller
from tenants.ids import uuid7

Key = tuple[Any, ...]
S = TypeVar("S")

BYTES_OF_AN_EXECUTOR, BYTES_OF_A_STREAM, BYTES_OF_A_CHARACTER = 20_000, 5_000, 20
"""As measured; a character of a filter with what is made of it."""


class Registry:
    """The shared streams of one event loop; nothing is kept of those that nobody follows."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.streams: WeakValueDictionary[Key, Shared] = WeakValueDictionary()
        self.payloads: WeakValueDictionary[Key, Payloads] = WeakValueDictionary()
        self.numbers = Sharing()
        self.cursor = lru_cache(64)(cursors.encode)

    def join(self, operation: Operation, caller: Caller) -> Subscriber | None:
        """A subscriber of a stream that runs; None if there is none, or if its cursor is none."""
        document = self.executor.documents.known(operation.query)
        shape = document and self.shape(document, operation)
        try:
            shared = shape and self.streams.get(key_of(shape, operation, caller))
        except TypeError:  # Variables nested too deeply to be compared: it is judged by itself.
            return None
        if not document or not shape or not shared:
            return None
        after = shape.after(operation.variables)
        if after is None:
            is_admitted = self.admit(shared, document, operation, caller)
            return self.subscriber(shared, document, operation, caller, None) if is_admitted else None
        try:
            position = cursors.decode(shared.tenant_id, after) if isinstance(after, str) else None
        except InvalidCursor:
            return None
        if position is None or not self.admit(shared, document, operation, caller):
            return None
        return self.subscriber(shared, document, operation, caller, position)

    def subscriber(
        self, shared: Shared, document: Document, operation: Operation, caller: Caller, position: int | None
    ) -> Subscriber:
        """One subscriber more.

        Raises:
            ApiError: its tenant holds too much already.
        """
        made = Subscriber(self, shared, shared.operation_of(document, operation), caller, position)
        if own := shared.own_bytes_of(document):
            holdings.hold(made, caller.tenant_id, own)
        return made

    def admit(self, shared: Shared, document: Document, operation: Operation, caller: Caller) -> bool:
        """Charge the caller for it; False, and for nothing, if that takes longer, or may end in a refusal."""
        limits = self.executor.limits
        if not holdings.fits(caller.tenant_id, shared.own_bytes_of(document)):
            return False
        try:
            cost = billing.price(document, operation.operation_name, operation.variables, limits)
            return billing.charge_at_once(caller, cost, limits) is not None
        except ApiError:
            return False

    async def subscribe(
        self, operation: Operation, context: Context
    ) -> Subscriber | Updates | AsyncGenerator[Response, None] | Response:
        """Begin a subscription: one that shares an execution, or one alone, or one map of ``errors``."""
        begun = await self.executor.begin(operation, context)
        if isinstance(begun, dict):
            return begun
        following, shape = begun.source, self.shape(begun.document, operation)
        if isinstance(following, Counted):
            return self.alone(self.numbers.join(begun, following, shared_caller(context.caller)), begun)
        if not isinstance(following, Following) or shape is None:
            return self.alone(begun.responses(), begun)
        try:
            shared = self.share(shape, begun, following, context.caller)
        except TypeError:  # As above.
            return self.alone(begun.responses(), begun)
        position = None if following.after is None else cursors.decode(following.tenant_id, following.after)
        return self.subscriber(shared, begun.document, operation, context.caller, position)

    def alone(self, source: S, begun: Begun) -> S:
        """The source of one who shares nothing, counted.

        Raises:
            ApiError: its tenant holds too much already.
        """
        size = begun.document.weight + BYTES_OF_A_STREAM + bytes_of_variables(begun.operation.variables)
        holdings.hold(source, begun.context.caller.tenant_id, size)
        return source

    async def shared_for(self, operation: Operation, caller: Caller) -> Shared | Response:
        """The stream for a caller, running or not; or the map of ``errors`` of one who may not follow it."""
        document = self.executor.documents.known(operation.query)
        shape = document and self.shape(document, operation)
        if shape and (running := self.streams.get(key_of(shape, operation, caller))):
            return running
        begun = await self.executor.begin(operation, Context(caller, caller.request_id, "ws"), free=True)
        if isinstance(begun, dict):
            return begun
        shape = self.shape(begun.document, operation)
        if not isinstance(begun.source, Following) or shape is None:
            raise TypeError("What was shared can't be shared any more.")
        try:
            return self.share(shape, begun, begun.source, caller)
        except ApiError as error:
            return failure(error, caller.request_id)

    def share(self, shape: Shape, begun: Begun, following: Following, caller: Caller) -> Shared:
        """The stream of all that are equal to this one, made if it is the first."""
        operation = begun.operation
        key = key_of(shape, operation, caller)
        shared = self.streams.get(key)
        if shared is None:
            shown = (shape.shown, canonical(operation.variables, shape.shown_variables), *rights_of(caller))
            payloads = self.payloads_of(shown, shape, begun.document, operation, caller)
            forget = partial(self.streams.pop, key, None)
            variables = operation.variables or {}
            common = replace(operation, variables={n: variables[n] for n in shape.stream_variables if n in variables})
            shared = Shared(following.tenant_id, following.topic, payloads, common, forget)
            of_its_own = BYTES_OF_A_CHARACTER * (len(shape.stream) - len(shape.shown) + len(key[1]))
            holdings.hold(shared, following.tenant_id, BYTES_OF_A_STREAM + of_its_own)
            self.streams[key] = shared
        return shared

    def payloads_in_layout(self, operation: Operation, caller: Caller, *, like: Payloads) -> Payloads:
        """The same payloads, with the places of errors as they are in this operation's text."""
        document = self.executor.documents.known(operation.query)
        shape = document and self.shape(document, operation)
        if not document or not shape or operation.query == like.text:
            return like
        shown = (operation.query, canonical(operation.variables, shape.shown_variables), *rights_of(caller))
        try:
            return self.payloads_of(shown, shape, document, operation, caller)
        except ApiError:  # There is no room for another execution: the places are those in another's text.
            return like

    def payloads_of(self, key: Key, shape: Shape, document: Document, operation: Operation, caller: Caller) -> Payloads:
        """What is shown to all of one key, made if it is the first."""
        payloads = self.payloads.get(key)
        if payloads is None:
            anybody = shared_caller(caller)
            context = Context(anybody, anybody.request_id, "ws")
            executor = self.executor.prepared(replace(document, ast=shape.bare), operation, context)
            payloads = Payloads(executor, anybody, text=document.text, reads_database=shape.reads_database)
            holdings.hold(payloads, caller.tenant_id, document.weight + BYTES_OF_AN_EXECUTOR)
            self.payloads[key] = payloads
        return payloads

    def shape(self, document: Document, operation: Operation) -> Shape | None:
        """The shape of a document's subscription, found out once; None for what can't be shared, or is none."""
        if document.ast is None:
            return None
        try:
            name = document.name(operation.operation_name)
        except KeyError:
            return None
        if name not in document.shapes:
            found = shape_of(document.ast, name, self.executor.schema._schema, reads_database)
            size = len(found.stream) + len(found.shown) if found else 0
            self.executor.documents.keep_shape(document, name, found, size)
        shape: Shape | None = document.shapes[name]
        return shape


def bytes_of_variables(variables: dict[str, Any] | None) -> int:
    """About how much they take."""
    try:
        return BYTES_OF_A_CHARACTER * len(canonical(variables, frozenset(variables or {})))
    except TypeError:  # nested too deeply
        return BYTES_OF_A_STREAM


def key_of(shape: Shape, operation: Operation, caller: Caller) -> Key:
    """What equal subscriptions have in common."""
    return (shape.stream, canonical(operation.variables, shape.stream_variables), *rights_of(caller))


def rights_of(caller: Caller) -> tuple[UUID | None, frozenset[str]]:
    """What decides what a caller sees."""
    return caller.tenant_id, caller.scopes


def shared_caller(caller: Caller) -> Caller:
    """Anybody with the same rights; a fault is logged under an id of its own, which all who share it are told."""
    return Caller(
        tenant_id=caller.tenant_id,
        tenant_slug=caller.tenant_slug,
        actor="subscription",
        scopes=caller.scopes,
        request_id=uuid7().hex,
    )


def reads_database(field: GraphQLField) -> bool:
    """Whether a field of the schema reads the database wherever it is asked."""
    definition: Any = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return definition is not None and any(isinstance(one, OffLoop) for one in definition.extensions)


_registries: WeakKeyDictionary[asyncio.AbstractEventLoop, Registry] = WeakKeyDictionary()


def registry() -> Registry:
    """This event loop's, over the schema that is bound."""
    loop, executor = asyncio.get_running_loop(), bound()
    found = _registries.get(loop)
    if found is None or found.executor is not executor:
        found = _registries[loop] = Registry(executor)
    return found
