"""A subscriber that shares its execution with equal ones."""

import asyncio
from collections.abc import Hashable
from typing import Any, Generic, Protocol, TypeVar

from graphql_server.execution.executor import Operation as Request
from graphql_server.execution.responses import Response
from graphql_server.live.group import Group
from graphql_server.live.payloads import Payloads, has_errors
from graphql_server.live.sources import Sources
from graphql_server.live.subscriber import Subscriber
from graphql_server.ports.callers import Caller

G = TypeVar("G", bound=Group)


class Groups(Protocol):
    """The registry as a member sees it."""

    lag_events: int
    sources: Sources

    def catch_up_slots(self, reads_database: bool) -> asyncio.Semaphore:
        """The slots of the members that catch up: some for those that read the database, some for the others."""

    async def group_for(self, request: Request, caller: Caller) -> Group | Response:
        """The group of a caller for a request, or a map of ``errors`` if the caller may not join."""

    def payloads_in_layout(self, request: Request, caller: Caller, *, like: Payloads) -> Payloads:
        """Payloads that show the same as ``like``, with the places of errors in this request's text."""


class Member(Subscriber, Generic[G]):
    """A subscriber in a group."""

    __slots__ = ("group", "groups", "request")

    def __init__(self, groups: Groups, group: G, request: Request, caller: Caller) -> None:
        super().__init__(caller)
        self.groups = groups
        self.group = group
        self.request = request

    def fail(self, error: Exception) -> None:
        """End the operation with an error; see :meth:`Subscriber.fail`."""
        super().fail(self.groups.sources.error_of(self.group.tenant_id, error))

    async def go_on(self, caller: Caller) -> None:
        """Go on in the group of the callers with these rights."""
        self.pause()
        self._is_over = True
        self.caller = caller
        found = await self.groups.group_for(self.request, caller)
        if self.operation.is_over:
            return
        if isinstance(found, type(self.group)):
            self._is_over = False
            self.group = found
            self.enter()
        elif isinstance(found, dict):
            self.operation.fail(found["errors"])
        else:
            raise TypeError("The subscription would return other data with the changed rights.")

    async def shown(self, name: Hashable, value: Any) -> bytes:
        """The payload of a value of the source for this member; the name identifies the value."""
        payload = await self.group.payloads.of(name, value)
        if self.group.has_layouts and has_errors(payload):
            payload = await self.own_payloads().of(name, value)
        return payload

    def own_payloads(self) -> Payloads:
        """Payloads with the places of errors in its own document."""
        return self.groups.payloads_in_layout(self.request, self.caller, like=self.group.payloads)
