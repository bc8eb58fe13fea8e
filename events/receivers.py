"""The receivers that are connected to event signals, by name.

A receiver is an optional reaction to an event. It runs after commit, once the event has its sequence number, at least
once; so it must be idempotent by ``event.id``. It never decides whether an order is valid, and it calls one service or
one task. :class:`events.signals.EventSignal` connects receivers and keeps ``RECEIVERS`` up to date.
"""

import enum
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings

from events.models import Event

_DELIVERIES = uuid.UUID("0b8f5c52-9f0e-4c53-8d0b-4f2a1f0f8f0a")


class Kind(enum.Enum):
    """The way in which a receiver's work is done."""

    DIRECT = "direct"
    """The dispatcher calls the handler in one transaction with its delivery: for effects in our database."""
    QUEUED = "queued"
    """The handler sends a task that names the delivery; the task claims it, works and records the outcome."""
    LIVE = "live"
    """The dispatcher calls the handler immediately, best effort, without a delivery: for readers of the log."""
    OUTSIDE = "outside"
    """A companion of the dispatcher does the deliveries, which another receiver opens: for other systems."""


LEDGER_KINDS = (Kind.DIRECT, Kind.QUEUED)
"""The kinds of receivers that have deliveries in the ledger."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A connected receiver and the rules by which its deliveries are attempted."""

    name: str
    event_types: frozenset[str]
    handler: Callable[..., Any]
    kind: Kind = Kind.DIRECT
    ordered: bool = False
    first: str = ""
    max_attempts: int = 10
    lease_seconds: float = field(default_factory=lambda: float(settings.EVENTS_LEASE_SECONDS))
    batch: int = 1
    on_request: bool = False
    longest_pause_seconds: float | None = None

    @property
    def takes_several(self) -> bool:
        """Whether the handler gets ``events``, a list, instead of one ``event``."""
        return self.batch > 1 or self.kind is Kind.LIVE

    def handle(self, events: Sequence[Event]) -> None:
        """Call the handler with events: once with all of them if it takes several, otherwise once for each."""
        if self.takes_several:
            self.handler(Event, events=events)
        else:
            for event in events:
                self.handler(Event, event=event)

    def handle_alone(self, event: Event) -> None:
        """Call the handler with one event."""
        self.handle([event])

    def never_waits(self, event: Event) -> bool:
        """Whether the event has no earlier event of its order to wait for."""
        return not self.ordered or event.type == self.first


RECEIVERS: dict[str, Receiver] = {}
"""The connected receivers by their ``dispatch_uid``."""
FAMILIES: dict[str, Receiver] = {}
"""The rules of receivers that are rows of a tenant's, such as addresses, by the first part of their names."""


def name_in(family: str, row: uuid.UUID) -> str:
    """The name under which the ledger knows a row as a receiver: ``webhook:<its id>``."""
    return f"{family}:{row.hex}"


def family_of(name: str) -> str:
    """The first part of a receiver's name; metrics show it, since there are few."""
    return name.partition(":")[0]


def receiver_of(name: str) -> Receiver | None:
    """The receiver of this name, connected or of a family; None if this process does not know it."""
    if name in RECEIVERS:
        return RECEIVERS[name]
    family = FAMILIES.get(family_of(name))
    return family and replace(family, name=name)


def receivers_of(kinds: Iterable[Kind]) -> list[Receiver]:
    """The connected receivers of these kinds."""
    wanted = set(kinds)
    return [receiver for receiver in RECEIVERS.values() if receiver.kind in wanted]


def receivers_for(asked_for: Collection[str]) -> list[Receiver]:
    """The receivers of which a tenant has deliveries: those on request, only if it has requested them."""
    return [one for one in receivers_of(LEDGER_KINDS) if not one.on_request or one.name in asked_for]


def delivery_id(event_id: uuid.UUID, receiver: str) -> uuid.UUID:
    """The key of one event's effect by one receiver, the same on every attempt: Message-ID, ``webhook-id``."""
    return uuid.uuid5(_DELIVERIES, f"{event_id}/{receiver}")


def of_types(events: Sequence[Event], receiver: Receiver) -> list[Event]:
    """Those of ``events`` whose type the receiver is connected to, in order."""
    return [event for event in events if event.type in receiver.event_types]
