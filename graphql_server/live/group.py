"""Equal subscriptions: one source, one payload for each of its values, and the subscribers who get it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from graphql_server.documents import Document
from graphql_server.executor import Operation
from graphql_server.live.broadcaster import Broadcaster, LiveMember, broadcaster_of
from graphql_server.live.payloads import Payloads
from graphql_server.live.stream.feed import Feed
from graphql_server.live.stream.feeds import Feeds
from graphql_server.ports import Tenant, Topic


class Joining(LiveMember, Protocol):
    """One who follows a topic, as the group sees it."""

    feed: Feed

    def fail(self, error: Exception) -> None: ...


class Group:
    """What equal subscriptions have in common; ``size`` is how many there are."""

    __slots__ = ("__weakref__", "forget", "has_layouts", "operation", "payloads", "size", "tenant_id")

    def __init__(
        self, tenant_id: Tenant, payloads: Payloads, operation: Operation, forget: Callable[[], object]
    ) -> None:
        self.tenant_id = tenant_id
        self.payloads = payloads
        self.operation = operation
        """What the first of them asked, without variables that don't count."""
        self.forget = forget
        self.size = 0
        self.has_layouts = False
        """Whether documents of more than one text have come together here: places in them differ."""

    def operation_of(self, document: Document, operation: Operation) -> Operation:
        """What one of them asks, holding nothing of its own but the text where that differs."""
        return replace(self.operation, query=document.text, operation_name=operation.operation_name)

    def own_bytes_of(self, document: Document) -> int:
        """How much of one of them, who asks by this document, is its own."""
        return 0 if document.text == self.payloads.text else len(document.text)

    def count(self, operation: Operation) -> None:
        """Count one more, who asks this."""
        self.has_layouts |= operation.query != self.payloads.text
        self.size += 1

    def discount(self) -> None:
        """Count one less; after the last one, the group is forgotten."""
        self.size -= 1
        if self.size == 0:
            self.forget()


class TopicGroup(Group):
    """Those who follow one topic. ``members`` are those who are live, ``size`` counts the others too."""

    __slots__ = ("broadcaster", "feed", "feeds", "members", "topic")

    def __init__(
        self,
        feeds: Feeds,
        topic: Topic,
        tenant_id: Tenant,
        payloads: Payloads,
        operation: Operation,
        forget: Callable[[], object],
    ) -> None:
        super().__init__(tenant_id, payloads, operation, forget)
        self.feeds = feeds
        self.topic = topic
        self.members: dict[Joining, None] = {}
        self.feed = feeds.of(tenant_id)
        self.broadcaster: Broadcaster | None = None

    def enter(self, operation: Operation) -> Feed:
        """Count one more, and return the feed whose events it follows until it leaves."""
        self.count(operation)
        if self.feed.has_ended:
            self.feed = self.feeds.of(self.tenant_id)
        self.feed.hold()
        return self.feed

    def leave(self, member: Joining) -> None:
        """Count one less; the last one stops what nobody needs."""
        self.members.pop(member, None)
        self.discount()
        if self.size == 0 and self.broadcaster is not None:
            self.broadcaster.groups.remove(self)
            if not self.broadcaster.groups:
                self.broadcaster.stop()
            self.broadcaster = None
        member.feed.release()

    def join(self, member: Joining) -> bool:
        """Make it live if it has been delivered all that the others have; if not, its feed knows what it lacks.

        Raises:
            Ahead: the log was set back.
        """
        if member.feed.set_back is not None:
            raise member.feed.set_back
        broadcaster = self.broadcaster or self._attach(member.feed)
        if member.delivered < broadcaster.position:
            return False
        self.members[member] = None
        return True

    def _attach(self, feed: Feed) -> Broadcaster:
        """Have the tenant's broadcaster serve this group too; begin one if there is none."""
        broadcaster = broadcaster_of(feed, reads_database=self.payloads.reads_database)
        broadcaster.groups.add(self)
        self.broadcaster = broadcaster
        return broadcaster

    def detach(self) -> None:
        """The broadcaster has ended."""
        self.broadcaster = None

    def fail(self, error: Exception) -> None:
        """End it for all live members."""
        for member in tuple(self.members):
            member.fail(error)
