"""Equal subscriptions: one topic, one payload per event, and those who get it."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from graphql_server.documents import Document
from graphql_server.executor import Operation
from graphql_server.live.broadcaster import Pump
from graphql_server.live.feed import Hub, Hubs
from graphql_server.live.payloads import Payloads
from graphql_server.ports import Tenant, Topic

if TYPE_CHECKING:
    from graphql_server.live.subscriber import Subscriber


class Shared:
    """What equal subscriptions have in common. ``members`` are those who are live, ``size`` counts the others too."""

    __slots__ = (
        "__weakref__",
        "forget",
        "has_layouts",
        "hub",
        "hubs",
        "members",
        "operation",
        "payloads",
        "pump",
        "size",
        "tenant_id",
        "topic",
    )

    def __init__(
        self,
        hubs: Hubs,
        tenant_id: Tenant,
        topic: Topic,
        payloads: Payloads,
        operation: Operation,
        forget: Callable[[], object],
    ) -> None:
        self.hubs = hubs
        self.tenant_id = tenant_id
        self.topic = topic
        self.payloads = payloads
        self.operation = operation
        """What the first of them asked, without variables that don't count."""
        self.forget = forget
        self.members: dict[Subscriber, None] = {}
        self.size = 0
        self.has_layouts = False
        """Whether documents of more than one text have come together here: places in them differ."""
        self.hub = self.hubs.of(tenant_id)
        self.pump: Pump | None = None

    def operation_of(self, document: Document, operation: Operation) -> Operation:
        """What one of them asks, holding nothing of its own but the text where that differs."""
        return replace(self.operation, query=document.text, operation_name=operation.operation_name)

    def own_bytes_of(self, document: Document) -> int:
        """How much of one of them, who asks by this document, is its own."""
        return 0 if document.text == self.payloads.text else len(document.text)

    def enter(self, subscriber: "Subscriber") -> Hub:
        """Count one more, and return the hub whose events it follows until it leaves."""
        self.has_layouts |= subscriber.operation.query != self.payloads.text
        self.size += 1
        if self.hub.has_ended:
            self.hub = self.hubs.of(self.tenant_id)
        self.hub.hold()
        return self.hub

    def leave(self, subscriber: "Subscriber") -> None:
        """Count one less; the last one stops what nobody needs."""
        self.size -= 1
        self.members.pop(subscriber, None)
        if self.size == 0:
            self.forget()
        if self.size == 0 and self.pump is not None:
            self.pump.streams.remove(self)
            if not self.pump.streams:
                self.pump.stop()
                self.pump.hub.pumps.pop(self.pump.reads_database, None)
            self.pump = None
        subscriber.hub.release()

    def join(self, subscriber: "Subscriber") -> bool:
        """Make it live if it has been told all that the others have; if not, its hub knows what it lacks.

        Raises:
            Ahead: the log was set back.
        """
        if subscriber.hub.lost is not None:
            raise subscriber.hub.lost
        pump = self.pump or self._attach(subscriber.hub)
        if subscriber.told < pump.position:
            return False
        self.members[subscriber] = None
        return True

    def _attach(self, hub: Hub) -> Pump:
        """Have the tenant's pump tell this stream too, or begin one: where the stream is now, whoever comes first."""
        kind = self.payloads.reads_database
        pump = hub.pumps.get(kind)
        if pump is None:
            pump = hub.pumps[kind] = Pump(hub, hub.head, reads_database=kind)
        pump.streams.add(self)
        self.pump = pump
        return pump

    def fail(self, error: Exception) -> None:
        """End it for all live members."""
        for member in tuple(self.members):
            member.fail(error)
