"""The assigned work: deliveries in batches, taking turns between the receivers of all tenants.

A batch is done together and recorded together; if it fails, each delivery is tried alone. Deliveries come from the
numbering pass that opened them, or from the ledger; both are reserved for this process and are handled in the same way.
"""

import threading
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from events import switches
from events.dispatch import broker_outage, reservations
from events.dispatch.backoff import backoff
from events.models import Delivery
from events.receivers import RECEIVERS, Kind, Receiver, receivers_of

MOST_IN_HAND = 2000
"""The most assigned deliveries; further ones are not reserved and wait in the ledger."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Reserved deliveries of one tenant to one receiver, in order."""

    tenant_id: UUID
    receiver: Receiver
    deliveries: Sequence[Delivery]

    def each(self) -> Iterator["Batch"]:
        """The deliveries in batches of one."""
        return (Batch(self.tenant_id, self.receiver, [delivery]) for delivery in self.deliveries)


class Turn(NamedTuple):
    """A tenant's receiver, which takes turns. Deliveries that have failed come after new ones, in batches of one."""

    tenant_id: UUID
    receiver: str
    has_failed: bool


class Work:
    """The assigned deliveries to receivers of some kinds, and the tenants for which to look in the ledger.

    :meth:`add` and :meth:`look_for` may be called by any thread, :meth:`batches` by one.
    """

    def __init__(self, kinds: Collection[Kind]) -> None:
        self.kinds = kinds
        self.lock = threading.Lock()
        self.in_hand: dict[Turn, deque[Delivery]] = {}
        self.count = 0
        self.looks: dict[UUID, None] = {}
        self.is_closed = False

    def ready(self, tenant_id: UUID) -> list[Receiver]:
        """The receivers whose deliveries can be done now; none if too many are assigned."""
        if self.count >= MOST_IN_HAND:
            return []
        off = switches.switched_off(tenant_id)
        return [receiver for receiver in receivers_of(self.kinds) if receiver.name not in off and can_send(receiver)]

    def ready_names(self, tenant_id: UUID) -> set[str]:
        """The names of the receivers that are ready."""
        return {receiver.name for receiver in self.ready(tenant_id)}

    def take(self, tenant_id: UUID, opened: Iterable[Delivery]) -> bool:
        """Assign new deliveries that are reserved, and look for those that are not; whether any are of our kinds."""
        ours = self.ours(opened)
        reserved = [delivery for delivery in ours if delivery.is_reserved]
        self.add(tenant_id, reserved)
        if len(reserved) < len(ours):
            self.look_for(tenant_id)
        return bool(ours)

    def ours(self, deliveries: Iterable[Delivery]) -> list[Delivery]:
        """Those of these deliveries whose receivers are of our kinds."""
        names = {receiver.name for receiver in receivers_of(self.kinds)}
        return [delivery for delivery in deliveries if delivery.receiver in names]

    def add(self, tenant_id: UUID, reserved: Iterable[Delivery]) -> int:
        """Assign those of these reserved deliveries whose receivers are of our kinds; return how many."""
        ours = sorted(self.ours(reserved), key=has_failed)
        with self.lock:
            for delivery in ours:
                turn = Turn(tenant_id, delivery.receiver, has_failed(delivery))
                self.in_hand.setdefault(turn, deque()).append(delivery)
            self.count += len(ours)
        return len(ours)

    def look_for(self, tenant_id: UUID) -> None:
        """Look in the ledger for deliveries of this tenant that are due."""
        with self.lock:
            if not self.is_closed:
                self.looks[tenant_id] = None

    def batches(self) -> Iterator[Batch]:
        """Batches until nothing is left: of each tenant's receiver in turn, and after each a look in the ledger."""
        while True:
            looked = self.look()
            if batch := self.next_batch():
                yield batch
            elif not looked:
                return

    def look(self) -> bool:
        """Reserve due deliveries of one tenant for which to look; whether there was one."""
        with self.lock:
            tenant_id = next(iter(self.looks), None)
            if tenant_id is None:
                return False
            del self.looks[tenant_id]
        wanted = [one for one in self.ready(tenant_id) if not backoff.is_paused(one.name, tenant_id)]
        if wanted:
            found = backoff.attempt("look", tenant_id, partial(reservations.reserve, tenant_id, wanted)) or []
            self.add(tenant_id, found)
            if len(found) == reservations.MOST_RESERVED:
                self.look_for(tenant_id)
        return True

    def next_batch(self) -> Batch | None:
        """The next batch, whose tenant and receiver then come last; None if no delivery is assigned.

        Deliveries whose reservation has ended are dropped: the ledger gives them to the next process that looks.
        """
        with self.lock:
            while self.in_hand:
                turn = next(iter(self.in_hand))
                waiting = self.in_hand.pop(turn)
                receiver = RECEIVERS.get(turn.receiver)
                most = 1 if turn.has_failed or receiver is None else receiver.batch
                taken = [waiting.popleft() for _ in range(min(most, len(waiting)))]
                self.count -= len(taken)
                if waiting:
                    self.in_hand[turn] = waiting
                now = timezone.now()
                ours = [delivery for delivery in taken if delivery.due_at > now]
                if receiver and ours:
                    return Batch(turn.tenant_id, receiver, ours)
        return None

    def close(self) -> None:
        """Do not look in the ledger any more; the assigned deliveries are left to do."""
        with self.lock:
            self.is_closed = True
            self.looks.clear()

    def drop(self) -> None:
        """Drop everything: the ledger has it."""
        with self.lock:
            self.in_hand.clear()
            self.looks.clear()
            self.count = 0


def has_failed(delivery: Delivery) -> bool:
    """Whether an attempt of the delivery has failed before."""
    return delivery.attempts > 0


def can_send(receiver: Receiver) -> bool:
    """Whether no known problem stops the receiver: the broker of a queued one answers."""
    return receiver.kind is not Kind.QUEUED or not broker_outage.broker.is_away()
