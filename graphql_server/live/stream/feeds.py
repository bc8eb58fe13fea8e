"""The feeds of one event loop."""

from collections.abc import AsyncGenerator, Iterator

from graphql_server.live.stream.beginning import begin
from graphql_server.live.stream.feed import Feed
from graphql_server.metrics import NO_OBSERVER, Observer
from graphql_server.ports.event_source import Event, EventSource, Tenant


class Feeds:
    """The feeds of one event loop: one for each tenant that has subscribers there."""

    def __init__(self, source: EventSource, observer: Observer = NO_OBSERVER) -> None:
        self._source = source
        self._observer = observer
        self._feeds: dict[Tenant, Feed] = {}

    def __iter__(self) -> Iterator[Feed]:
        return iter(tuple(self._feeds.values()))

    def of(self, tenant_id: Tenant) -> Feed:
        """The tenant's feed; begins one if there is none."""
        feed = self._feeds.get(tenant_id)
        if feed is None or feed.has_ended:
            feed = self._feeds[tenant_id] = Feed(tenant_id, self._source, self._end_if_idle, self._observer)
        return feed

    async def follow(self, tenant_id: Tenant, *, after: int | None = None) -> AsyncGenerator[Event, None]:
        """Yield each event of the tenant after a position once, in sequence; without a position, from now on.

        Raises:
            Expired, Ahead: the events after the position are gone, or the position is ahead of the stream.
        """
        feed = self.of(tenant_id)
        feed.hold()
        try:
            async for event in feed.follow(await begin(feed, after)):
                yield event
        finally:
            feed.release()

    def _end_if_idle(self, feed: Feed) -> None:
        """End a feed without subscribers: an idle tenant costs nothing."""
        if feed.followers == 0 and self._feeds.get(feed.tenant_id) is feed:
            del self._feeds[feed.tenant_id]
            feed.end()
