"""Finds the stream that a subscription shares with its equals."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary, WeakValueDictionary

from graphql import GraphQLField
from strawberry.schema.schema_converter import GraphQLCoreConverter

from events import cursors
from events.errors import InvalidCursor
from graphql_api import billing
from graphql_api.context import Context
from graphql_api.documents import Document
from graphql_api.errors import ApiError
from graphql_api.execution import Begun, Executor, Operation, bound
from graphql_api.live.counting import Counted
from graphql_api.live.payloads import Payloads
from graphql_api.live.shapes import Shape, canonical, shape_of
from graphql_api.live.shared import Shared
from graphql_api.live.subscriber import Subscriber
from graphql_api.live.topics import Following
from graphql_api.live.updates import Sharing, Updates
from graphql_api.responses import Response
from graphql_api.threads import OffLoop
from tenants.context import Caller
from tenants.ids import uuid7

Key = tuple[object, ...]


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
        if operation.query == shared.payloads.text:  # One text for all: each message brings one of its own.
            operation = replace(operation, query=shared.payloads.text)
        after = shape.after(operation.variables)
        if after is None:
            charged = self.charge(document, operation, caller)
            return Subscriber(self, shared, operation, caller, None) if charged else None
        try:
            position = cursors.decode(shared.tenant_id, after) if isinstance(after, str) else None
        except InvalidCursor:
            return None
        if position is None or not self.charge(document, operation, caller):
            return None
        return Subscriber(self, shared, operation, caller, position)

    def charge(self, document: Document, operation: Operation, caller: Caller) -> bool:
        """Charge the caller for it; False, and for nothing, if that takes longer, or may end in a refusal."""
        limits = self.executor.limits
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
            return self.numbers.join(begun, following, shared_caller(context.caller))
        if not isinstance(following, Following) or shape is None:
            return begun.responses()
        try:
            shared = self.share(shape, begun, following, context.caller)
        except TypeError:  # As above.
            return begun.responses()
        position = None if following.after is None else cursors.decode(following.tenant_id, following.after)
        return Subscriber(self, shared, operation, context.caller, position)

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
        return self.share(shape, begun, begun.source, caller)

    def share(self, shape: Shape, begun: Begun, following: Following, caller: Caller) -> Shared:
        """The stream of all that are equal to this one, made if it is the first."""
        operation = begun.operation
        key = key_of(shape, operation, caller)
        shared = self.streams.get(key)
        if shared is None:
            shown = (shape.shown, canonical(operation.variables, shape.shown_variables), *rights_of(caller))
            payloads = self.payloads_of(shown, shape, begun.document, operation, caller)
            forget = partial(self.streams.pop, key, None)
            shared = self.streams[key] = Shared(following.tenant_id, following.topic, payloads, forget)
        return shared

    def payloads_in_layout(self, operation: Operation, caller: Caller, *, like: Payloads) -> Payloads:
        """The same payloads, with the places of errors as they are in this operation's text."""
        document = self.executor.documents.known(operation.query)
        shape = document and self.shape(document, operation)
        if not document or not shape or operation.query == like.text:
            return like
        shown = (operation.query, canonical(operation.variables, shape.shown_variables), *rights_of(caller))
        return self.payloads_of(shown, shape, document, operation, caller)

    def payloads_of(self, key: Key, shape: Shape, document: Document, operation: Operation, caller: Caller) -> Payloads:
        """What is shown to all of one key, made if it is the first."""
        payloads = self.payloads.get(key)
        if payloads is None:
            anybody = shared_caller(caller)
            context = Context(anybody, anybody.request_id, "ws")
            executor = self.executor.prepared(replace(document, ast=shape.bare), operation, context)
            payloads = Payloads(executor, anybody, text=operation.query, reads_database=shape.reads_database)
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
