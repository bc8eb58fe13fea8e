"""The sources of the subscriptions of an event loop: their values and cursors."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing
from functools import lru_cache
from typing import Any

from graphql_server.context import Context
from graphql_server.errors import ApiError, Code
from graphql_server.execution.executor import Operation, PreparedSubscription
from graphql_server.live.follow import Follow
from graphql_server.live.latest import Latest, ValueRegistry
from graphql_server.live.stream.feeds import Feeds
from graphql_server.ports.callers import Caller
from graphql_server.ports.event_source import Event, EventSource, Expired, Tenant


class Sources:
    """The feeds and the values of one event loop."""

    def __init__(self, source: EventSource, feeds: Feeds, latest: ValueRegistry) -> None:
        self.source = source
        self.feeds = feeds
        self.latest = latest
        self.cursor: Callable[[Tenant, int], str] = lru_cache(64)(source.encode)
        """Makes the cursor after an event."""

    def position_after(self, wanted: Follow, operation: Operation, caller: Caller) -> int | None:
        """The position to begin after; None: begin with the next event.

        Raises:
            BadCursor: the cursor is not one of the caller's stream.
        """
        after = operation.resume or wanted.after
        return None if after is None else self.source.decode(caller.tenant_id, after)

    def of(self, prepared: PreparedSubscription) -> AsyncIterable[Any]:
        """The source of a subscription that shares its execution with no other."""
        match prepared.source:
            case Follow() as wanted:
                return self.events(wanted, prepared.operation, prepared.context)
            case Latest() as wanted:
                return self.latest.updates(prepared.context.caller.tenant_id, wanted)
        return prepared.source

    async def events(self, wanted: Follow, operation: Operation, context: Context) -> AsyncGenerator[Event, None]:
        """Each event of the topic once, in sequence. The context keeps the cursor.

        Raises:
            ApiError: CURSOR_EXPIRED. The events after the cursor are gone.
        """
        tenant_id = context.caller.tenant_id
        try:
            async with aclosing(
                self.feeds.follow(tenant_id, after=self.position_after(wanted, operation, context.caller))
            ) as events:
                async for event in events:
                    if wanted.topic.matches(event):
                        context.loaders.clear()
                        yield event
                    # Only now: the client has the event when the next one is asked for.
                    context.cursor = self.source.encode(tenant_id, event.sequence or 0)
        except Expired as error:
            raise self.error_of(tenant_id, error) from None

    def cursor_of(self, tenant_id: Tenant, event: Event) -> str:
        """The cursor after an event."""
        return self.cursor(tenant_id, event.sequence or 0)

    def error_of(self, tenant_id: Tenant, error: Exception) -> Exception:
        """The error that the client gets. For a cursor that has expired, it names the oldest cursor to go on from."""
        if not isinstance(error, Expired):
            return error
        return ApiError(Code.CURSOR_EXPIRED, str(error), oldest=self.source.encode(tenant_id, error.oldest))
