"""The registry of receivers and the decorator by which one joins it.

A receiver is an optional reaction: it runs after commit, once the event is numbered, at least once, and so must be
idempotent by ``event.id``. It never decides whether an order is right, and it delegates to one service or task.
"""

import enum
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.conf import settings

from events.models import Event

_DELIVERIES = uuid.UUID("0b8f5c52-9f0e-4c53-8d0b-4f2a1f0f8f0a")


class Kind(enum.Enum):
    """How a receiver's work is done."""

    DIRECT = "direct"
    """Handler(event), by the dispatcher, in one transaction with its Delivery: for effects in our database."""
    QUEUED = "queued"
    """Handler(event) sends a task that names the delivery; the task claims it, works and records the outcome."""
    LIVE = "live"
    """Handler(tenant_id, events), best effort, without a Delivery: for those who can find out otherwise."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A registered receiver and the rules by which its deliveries are tried."""

    name: str
    event_types: frozenset[str]
    handler: Callable[..., None]
    kind: Kind = Kind.DIRECT
    ordered: bool = False
    first: str = ""
    max_attempts: int = 10
    lease_seconds: float = field(default_factory=lambda: float(settings.EVENTS_LEASE_SECONDS))
    batch: int = 1

    def handle(self, events: Sequence[Event]) -> None:
        """Hand over events, at most ``batch``: all of them to a handler that takes several."""
        if self.batch > 1:
            self.handler(events)
        else:
            for event in events:
                self.handler(event)

    def never_waits(self, event: Event) -> bool:
        """Whether the event has no other of its order to wait for."""
        return not self.ordered or event.type == self.first

    def handle_alone(self, event: Event) -> None:
        """Hand over one event."""
        self.handle([event])


RECEIVERS: dict[str, Receiver] = {}

Handler = TypeVar("Handler", bound=Callable[..., None])


def receives(*event_types: str, name: str, **rules: Any) -> Callable[[Handler], Handler]:
    """Register a receiver: called after commit, once numbered, at least once; it must be idempotent by ``event.id``.

    ``rules`` are the fields of :class:`Receiver`: ``kind``; ``ordered`` (one order's events one after the other, a
    dead or skipped one counting as done) and then ``first``, the type that is always an order's first event and so
    waits for no other; ``max_attempts`` before a delivery is dead; ``lease_seconds`` after which a
    silent attempt counts as failed; ``batch``, by which the handler takes a list of up to so many of a tenant's events
    instead of one. Should it raise, it gets each of them again in a list of its own.

    Raises:
        ValueError: the name is taken by another handler.
    """

    def register(handler: Handler) -> Handler:
        known = RECEIVERS.get(name)
        if known and known.handler.__qualname__ != handler.__qualname__:
            raise ValueError(f"Receiver {name!r} is registered already, by {known.handler.__qualname__}.")
        RECEIVERS[name] = Receiver(name, frozenset(event_types), handler, **rules)
        return handler

    return register


def receivers_of(kinds: Iterable[Kind]) -> list[Receiver]:
    """The registered receivers of these kinds."""
    wanted = set(kinds)
    return [receiver for receiver in RECEIVERS.values() if receiver.kind in wanted]


def delivery_id(event_id: uuid.UUID, receiver: str) -> uuid.UUID:
    """The key of one event's effect by one receiver, the same on every attempt: Message-ID, ``webhook-id``."""
    return uuid.uuid5(_DELIVERIES, f"{event_id}/{receiver}")


def of_types(events: Sequence[Event], receiver: Receiver) -> list[Event]:
    """Those of ``events`` that the receiver asked for, in order."""
    return [event for event in events if event.type in receiver.event_types]
