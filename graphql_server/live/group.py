"""Groups of equal subscriptions: each has one source, and one payload for each value of the source."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from graphql_server.documents.documents import Document
from graphql_server.execution.executor import Operation
from graphql_server.live.broadcaster import Broadcaster, LiveMember, broadcaster_of
from graphql_server.live.payloads import Payloads
from graphql_server.live.stream.feed import Feed
from graphql_server.live.stream.feeds import Feeds
from graphql_server.metrics import GROUPS, SUBSCRIPTIONS
from graphql_server.ports.event_source import Tenant, Topic


class Joining(LiveMember, Protocol):
    """A member that follows a topic, as its group sees it."""

    feed: Feed

    def fail(self, error: Exception) -> None: ...


class Group:
    """What equal subscriptions have in common; ``size`` is the number of subscriptions."""

    __slots__ = ("__weakref__", "forget", "has_layouts", "operation", "payloads", "size", "tenant_id")

    def __init__(
        self, tenant_id: Tenant, payloads: Payloads, operation: Operation, forget: Callable[[], object]
    ) -> None:
        self.tenant_id = tenant_id
        self.payloads = payloads
        self.operation = operation
        """The operation of the first of them, without the variables in which equal subscriptions differ."""
        self.forget = forget
        self.size = 0
        self.has_layouts = False
        """Whether the documents have more than one text: the places of errors differ between them."""

    def operation_of(self, document: Document, operation: Operation) -> Operation:
        """The operation of one subscription. It shares what it can with the group."""
        known = self.operation
        if known.query == document.text and known.operation_name == operation.operation_name:
            return known
        return replace(known, query=document.text, operation_name=operation.operation_name)

    def own_bytes_of(self, document: Document) -> int:
        """The bytes that a subscription with this document shares with no other."""
        return 0 if document.text == self.payloads.text else len(document.text)

    def count(self, operation: Operation) -> None:
        """Count a new subscription with this operation."""
        self.has_layouts |= operation.query != self.payloads.text
        self.size += 1
        SUBSCRIPTIONS.inc()
        if self.size == 1:
            GROUPS.inc()
        self.payloads.subscriptions += 1

    def discount(self) -> None:
        """Count one subscription less; after the last subscription, remove the group."""
        self.size -= 1
        SUBSCRIPTIONS.dec()
        self.payloads.subscriptions -= 1
        if self.size == 0:
            GROUPS.dec()
            self.forget()


class TopicGroup(Group):
    """Subscriptions to the events of a topic. ``members`` are the live ones; ``size`` counts all."""

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
        """Count a new subscription, and return the feed that it follows until it leaves."""
        self.count(operation)
        if self.feed.has_ended:
            self.feed = self.feeds.of(self.tenant_id)
        self.feed.hold()
        return self.feed

    def leave(self, member: Joining) -> None:
        """Count one subscription less; the last one stops the broadcaster if no other group needs it."""
        self.members.pop(member, None)
        self.discount()
        if self.size == 0 and self.broadcaster is not None:
            self.broadcaster.groups.remove(self)
            if not self.broadcaster.groups:
                self.broadcaster.stop()
            self.broadcaster = None
        member.feed.release()

    def join(self, member: Joining) -> bool:
        """Make a member live if it has all events that the others have; if not, return False.

        Raises:
            Ahead: the stream was set back.
        """
        if member.feed.set_back is not None:
            raise member.feed.set_back
        broadcaster = self.broadcaster or self._attach(member.feed)
        if member.delivered < broadcaster.position:
            return False
        self.members[member] = None
        return True

    def _attach(self, feed: Feed) -> Broadcaster:
        """Have the feed's broadcaster serve this group too; begin one if there is none."""
        broadcaster = broadcaster_of(feed, reads_database=self.payloads.reads_database)
        broadcaster.groups.add(self)
        self.broadcaster = broadcaster
        return broadcaster

    def detach(self) -> None:
        """Forget the broadcaster, which has ended."""
        self.broadcaster = None

    def fail(self, error: Exception) -> None:
        """End the subscriptions of all live members with an error."""
        for member in tuple(self.members):
            member.fail(error)
