"""The subscriptions of one event loop: finds the group of equal ones, and makes subscribers."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from graphql.execution import Executor as CoreExecutor

from graphql_server.context import Context
from graphql_server.documents.documents import Document
from graphql_server.errors import ApiError, Code, failure
from graphql_server.execution.executor import Executor, Operation, PreparedSubscription
from graphql_server.execution.responses import Response
from graphql_server.live.alone import Alone
from graphql_server.live.budget import subscription_budget
from graphql_server.live.follow import Follow
from graphql_server.live.group import Group, TopicGroup
from graphql_server.live.key import Key, KeyTemplate, canonical, shown_key, source_key, template_of
from graphql_server.live.latest import Latest, ValueRegistry
from graphql_server.live.latest_member import LatestGroup, LatestMember
from graphql_server.live.payloads import Payloads
from graphql_server.live.sources import Sources
from graphql_server.live.stream.feeds import Feeds
from graphql_server.live.subscriber import Subscriber
from graphql_server.live.topic_member import TopicMember
from graphql_server.ports.callers import Caller
from graphql_server.ports.event_source import BadCursor, EventSource

BYTES_OF_AN_EXECUTOR, BYTES_OF_A_GROUP, BYTES_OF_A_CHARACTER = 20_000, 5_000, 20
"""Measured. A character of a filter counts with all that is made of it."""


CATCH_UP_SLOTS = 4
"""Members that catch up in the same round of the event loop; further members wait, so that live events need not."""


class Registry:
    """The groups of one event loop. A group goes when its last subscription ends."""

    def __init__(self, executor: Executor, source: EventSource, *, lag_events: int) -> None:
        self.executor = executor
        self.source = source
        self.lag_events = lag_events
        self.feeds = Feeds(source, executor.observer)
        self.groups: WeakValueDictionary[Key, Group] = WeakValueDictionary()
        self.payloads: WeakValueDictionary[Key, Payloads] = WeakValueDictionary()
        self.latest = ValueRegistry(self.feeds)
        self.sources = Sources(source, self.feeds, self.latest)
        self._slots = {reads: asyncio.Semaphore(CATCH_UP_SLOTS) for reads in (False, True)}

    def catch_up_slots(self, reads_database: bool) -> asyncio.Semaphore:
        """The slots of the members that catch up: some for those that read the database, some for the others."""
        return self._slots[reads_database]

    def join(self, operation: Operation, caller: Caller) -> Subscriber | None:
        """Join a group that runs. None: there is none, the cursor is bad, or the caller can't be charged at once."""
        document = self.executor.documents.known(operation.query)
        template = document and self.template(document, operation)
        try:
            group = template and self.groups.get(source_key(template, operation.variables, caller))
        except TypeError:  # Variables that are nested too deeply can't be compared.
            return None
        if not document or not template or not group:
            return None
        after = (operation.resume or template.after(operation.variables)) if isinstance(group, TopicGroup) else None
        if after is None:
            position = None
        else:
            try:
                position = self.source.decode(group.tenant_id, after) if isinstance(after, str) else None
            except BadCursor:
                return None
            if position is None:
                return None
        if not self.admit(group, document, operation, caller):
            return None
        self.executor.count_joined(document, operation, caller)
        return self.subscriber(group, document, operation, caller, position)

    def subscriber(
        self, group: Group, document: Document, operation: Operation, caller: Caller, position: int | None
    ) -> Subscriber:
        """Make a subscriber of a group.

        Raises:
            ApiError: THROTTLED. The subscriptions of the tenant take too much memory.
        """
        request = group.operation_of(document, operation)
        made: Subscriber
        match group:
            case TopicGroup():
                made = TopicMember(self, group, request, caller, position)
            case LatestGroup():
                made = LatestMember(self, group, request, caller)
            case _:
                raise TypeError(group)
        if own := group.own_bytes_of(document):
            subscription_budget.hold(made, caller.tenant_id, own)
        return made

    def admit(self, group: Group, document: Document, operation: Operation, caller: Caller) -> bool:
        """Charge the caller at once; False, and no charge, if that has to wait or would be refused."""
        if not subscription_budget.fits(caller.tenant_id, group.own_bytes_of(document)):
            return False
        try:
            cost = self.executor.price(document, operation)
            most = self.executor.limits.documents.cost
            return self.executor.meter.charge_at_once(caller, cost, most) is not None
        except ApiError:
            return False

    async def subscribe(self, operation: Operation, context: Context) -> Subscriber | Response:
        """Begin a subscription: one that shares its execution, or one alone; or return a map of ``errors``."""
        prepared = await self.executor.prepare(operation, context)
        if isinstance(prepared, dict):
            return prepared
        wanted, position = prepared.source, None
        if isinstance(wanted, Follow):
            try:
                position = self.sources.position_after(wanted, operation, context.caller)
            except BadCursor as error:
                return failure(ApiError(Code.BAD_USER_INPUT, str(error)), context.request_id)
        template = self.template(prepared.document, operation)
        if template is None or not isinstance(wanted, Follow | Latest):
            return self.alone(prepared)
        try:
            group = self.group_of(template, prepared, wanted, context.caller)
        except TypeError:  # See ``join``.
            return self.alone(prepared)
        return self.subscriber(group, prepared.document, operation, context.caller, position)

    def alone(self, prepared: PreparedSubscription) -> Alone:
        """Make a subscriber that shares its execution with no other.

        Raises:
            ApiError: THROTTLED. The subscriptions of the tenant take too much memory.
        """
        tenant_id = prepared.context.caller.tenant_id
        follows = isinstance(prepared.source, Follow)
        made = Alone(
            prepared, self.sources.of(prepared), partial(self.sources.cursor_of, tenant_id) if follows else None
        )
        size = prepared.document.weight + BYTES_OF_A_GROUP + bytes_of_variables(prepared.operation.variables)
        subscription_budget.hold(made, prepared.context.caller.tenant_id, size)
        return made

    async def group_for(self, operation: Operation, caller: Caller) -> Group | Response:
        """The group of a caller for an operation, or a map of ``errors`` if the caller may not join."""
        document = self.executor.documents.known(operation.query)
        template = document and self.template(document, operation)
        if template and (running := self.groups.get(source_key(template, operation.variables, caller))):
            return running
        prepared = await self.executor.prepare(operation, Context(caller, caller.request_id, "ws"), free=True)
        if isinstance(prepared, dict):
            return prepared
        template = self.template(prepared.document, operation)
        if not isinstance(prepared.source, Follow | Latest) or template is None:
            raise TypeError("With other rights, the subscription can't be shared.")
        try:
            return self.group_of(template, prepared, prepared.source, caller)
        except ApiError as error:
            return failure(error, caller.request_id)

    def group_of(
        self, template: KeyTemplate, prepared: PreparedSubscription, wanted: Follow | Latest, caller: Caller
    ) -> Group:
        """The group of a subscription; makes it for the first one."""
        operation = prepared.operation
        key = source_key(template, operation.variables, caller)
        group = self.groups.get(key)
        if group is None:
            shown = shown_key(template.shown_text, template, operation.variables, caller)
            isolated = self.source.isolated if isinstance(wanted, Follow) else as_it_is
            core = prepared.core if template.bare is prepared.document.ast else None
            payloads = self.payloads_of(shown, template, prepared.document, operation, caller, isolated, core)
            forget = partial(self.groups.pop, key, None)
            given = operation.variables or {}
            common = replace(operation, variables={n: given[n] for n in template.source_variables if n in given})
            if isinstance(wanted, Follow):
                group = TopicGroup(self.feeds, wanted.topic, caller.tenant_id, payloads, common, forget)
            else:
                group = LatestGroup(self.latest, wanted, caller.tenant_id, payloads, common, forget)
            of_its_own = BYTES_OF_A_CHARACTER * (len(template.source_text) - len(template.shown_text) + len(key[1]))
            subscription_budget.hold(group, caller.tenant_id, BYTES_OF_A_GROUP + of_its_own)
            self.groups[key] = group
        return group

    def payloads_in_layout(self, operation: Operation, caller: Caller, *, like: Payloads) -> Payloads:
        """Payloads that show the same as ``like``, with the places of errors in this operation's text."""
        document = self.executor.documents.known(operation.query)
        template = document and self.template(document, operation)
        if not document or not template or operation.query == like.text:
            return like
        shown = shown_key(operation.query, template, operation.variables, caller)
        try:
            return self.payloads_of(shown, template, document, operation, caller, like.isolated)
        except ApiError:  # There is no room for another execution: the places are those in the other text.
            return like

    def payloads_of(
        self,
        key: Key,
        template: KeyTemplate,
        document: Document,
        operation: Operation,
        caller: Caller,
        isolated: Callable[[Any], Any],
        core: CoreExecutor[Any] | None = None,
    ) -> Payloads:
        """The payloads of a key; makes them for the first group. ``core`` executes this very document already."""
        payloads = self.payloads.get(key)
        if payloads is None:
            any_caller = caller.shared()
            context = Context(any_caller, any_caller.request_id, "ws")
            if core is None:
                core = self.executor.runner.prepared(replace(document, ast=template.bare), operation, context)
            core.context_value = context  # It holds no user.
            cached_under = (self.executor, *key)
            payloads = Payloads(cached_under, core, any_caller, isolated, document.text, template.reads_database)
            subscription_budget.hold(payloads, caller.tenant_id, document.weight + BYTES_OF_AN_EXECUTOR)
            self.payloads[key] = payloads
        return payloads

    def template(self, document: Document, operation: Operation) -> KeyTemplate | None:
        """The key template of a document's subscription, made once. None: it can't be shared, or is no subscription."""
        if document.ast is None:
            return None
        try:
            name = document.name(operation.operation_name)
        except KeyError:
            return None
        if name not in document.key_templates:
            found = template_of(self.executor, document, name)
            size = len(found.source_text) + len(found.shown_text) if found else 0
            self.executor.documents.keep_key_template(document, name, found, size)
        template: KeyTemplate | None = document.key_templates[name]
        return template


def as_it_is(value: Any) -> Any:
    """Return a value that executions in threads may share."""
    return value


def bytes_of_variables(variables: dict[str, Any] | None) -> int:
    """About how many bytes of memory the variables take."""
    try:
        return BYTES_OF_A_CHARACTER * len(canonical(variables, frozenset(variables or {})))
    except TypeError:  # They are nested too deeply.
        return BYTES_OF_A_GROUP


class Live:
    """The live part of a server: a registry for each event loop that has subscribers."""

    def __init__(self, executor: Executor, source: EventSource, *, lag_events: int) -> None:
        """Set it up.

        Args:
            executor: the executor of the schema that is served.
            source: the log of events.
            lag_events: how many events further behind than at best a subscriber may fall before it ends.
        """
        self.executor = executor
        self._source = source
        self.lag_events = lag_events
        self._registries: WeakKeyDictionary[asyncio.AbstractEventLoop, Registry] = WeakKeyDictionary()

    def here(self) -> Registry:
        """The registry of the running event loop."""
        loop, executor = asyncio.get_running_loop(), self.executor
        found = self._registries.get(loop)
        if found is None or found.executor is not executor:
            found = self._registries[loop] = Registry(executor, self._source, lag_events=self.lag_events)
        return found
