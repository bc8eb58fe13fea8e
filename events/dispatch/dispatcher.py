"""A dispatcher's turn, and what starts one: the fast path after commit.

``turn`` may be run by anybody at any time, twice or at once: the relay does it for what was missed. Where there are
threads, one numbers and rings, one runs the direct receivers and one sends the tasks: nobody waits for a slower one.
"""

import atexit
import time
from uuid import UUID

import structlog

from events import switches
from events.dispatch import broker_outage
from events.dispatch.direct import run_direct, run_handed
from events.dispatch.dispatch_thread import DispatchThread
from events.dispatch.numbering import TURN_EVENTS, Turn, number, take_turn
from events.dispatch.queued import send_handed, send_tasks
from events.log import head
from events.models import Event
from events.receivers import Kind, of_types, receivers_of
from tenants.context import in_its_tenant

log = structlog.get_logger(__name__)


@in_its_tenant
def advance(tenant_id: UUID) -> int:
    """Number all that is committed, ring the live subscribers, and return the head that this leads to."""
    while events := number(tenant_id):
        ring(tenant_id, events)
        if len(events) < TURN_EVENTS:
            return events[-1].sequence or 0
    return head(tenant_id)


@in_its_tenant
def turn(tenant_id: UUID) -> int:
    """Number what is committed, ring the live subscribers, run what is due. Returns how much there was to do."""
    numbered = number_and_ring(tenant_id)
    for kind, do in ((Kind.DIRECT, run_handed), (Kind.QUEUED, send_handed)):
        do(tenant_id, numbered.handed(kind))
    return len(numbered.events) + run_direct(tenant_id) + send_tasks(tenant_id)


@in_its_tenant
def lead(tenant_id: UUID, *, wait: bool = True) -> int:
    """Number and ring, and leave the receivers to the threads whose work it is. Returns how many events were numbered.

    So a live event waits neither for the receivers of those before it nor for a broker. The threads get what has just
    been opened in hand; in the ledger they look for the rest of it, and if there was nothing to number.
    """
    numbered = number_and_ring(tenant_id, wait=wait)
    for kind, thread in ((Kind.DIRECT, runner), (Kind.QUEUED, sender)):
        if handed := numbered.handed(kind):
            thread.hand(tenant_id, handed)
        if not numbered.events or numbered.has_left(kind):
            thread.wake(tenant_id)
    return len(numbered.events)


def look(tenant_id: UUID) -> None:
    """Have the threads look in the ledger for what is due."""
    for thread in (runner, sender):
        thread.wake(tenant_id)


def number_and_ring(tenant_id: UUID, *, wait: bool = True) -> Turn:
    """Number what is committed, and tell the live subscribers."""
    numbered = take_turn(tenant_id, wait=wait, handed=takers(tenant_id))
    if numbered.events:
        ring(tenant_id, numbered.events)
    return numbered


def takers(tenant_id: UUID) -> set[str]:
    """The receivers whose deliveries are handed to this process's threads; those of the others wait in the ledger."""
    ready = [kind for kind, thread in ((Kind.DIRECT, runner), (Kind.QUEUED, sender)) if thread.has_room()]
    if broker_outage.broker.is_away() and Kind.QUEUED in ready:
        ready.remove(Kind.QUEUED)
    return {receiver.name for receiver in receivers_of(ready)} - switches.switched_off(tenant_id)


def ring(tenant_id: UUID, events: list[Event]) -> None:
    """Tell the live receivers; a failure is logged and costs nothing, since they read the log."""
    off = switches.switched_off(tenant_id)
    for receiver in receivers_of([Kind.LIVE]):
        wanted = [] if receiver.name in off else of_types(events, receiver)
        try:
            if wanted:
                receiver.handle(wanted)
        except Exception:
            log.exception("live_receiver_failed", receiver=receiver.name, tenant_id=str(tenant_id))


dispatcher = DispatchThread(lead, at_once=turn, pause_seconds=0.02)
runner = DispatchThread(run_direct, at_once=turn, do=run_handed, name="runner", linger_seconds=0.03)
sender = DispatchThread(send_tasks, at_once=turn, do=send_handed, name="sender", linger_seconds=0.03)


def stop_threads(*, seconds: float = 5.0) -> None:
    """Finish what is under way, for so long, and end the process's threads; what is left, the relay finds."""
    deadline = time.monotonic() + seconds
    for thread in (dispatcher, runner, sender):  # The first may wake the others.
        thread.stop(timeout_seconds=max(deadline - time.monotonic(), 0.0))


atexit.register(stop_threads)
