"""The dispatcher: number committed events, notify live receivers, and have the other receivers run.

``dispatch_now`` is safe at any time, in any process, twice or concurrently; the relay calls it for missed events. With
threads, ``dispatcher`` numbers and notifies, ``runner`` runs direct receivers and ``sender`` sends tasks: none waits
for a slower one.
"""

import atexit
import time
from uuid import UUID

import structlog

from events import switches
from events.dispatch import broker_outage
from events.dispatch.direct import run_assigned, run_direct
from events.dispatch.dispatch_thread import DispatchThread
from events.dispatch.numbering import PASS_EVENTS, NumberingPass, number, run_numbering_pass
from events.dispatch.queued import send_assigned, send_tasks
from events.log import head
from events.models import Event
from events.receivers import Kind, of_types, receivers_of
from tenants.context import in_its_tenant

log = structlog.get_logger(__name__)


@in_its_tenant
def advance(tenant_id: UUID) -> int:
    """Number every committed event, notify the live receivers, and return the new head of the stream."""
    while events := number(tenant_id):
        notify_live_receivers(tenant_id, events)
        if len(events) < PASS_EVENTS:
            return events[-1].sequence or 0
    return head(tenant_id)


@in_its_tenant
def dispatch_now(tenant_id: UUID) -> int:
    """Number committed events, notify live receivers, run what is due; return the number of events and deliveries."""
    numbered = number_and_notify(tenant_id)
    for kind, do in ((Kind.DIRECT, run_assigned), (Kind.QUEUED, send_assigned)):
        do(tenant_id, numbered.reserved(kind))
    return len(numbered.events) + run_direct(tenant_id) + send_tasks(tenant_id)


@in_its_tenant
def number_and_assign(tenant_id: UUID, *, wait: bool = True) -> int:
    """Number committed events, notify live receivers and leave the deliveries to the threads; return how many events.

    So a live event waits neither for earlier receivers nor for the broker. Deliveries that are reserved for this
    process are assigned to its threads. The threads look in the ledger for other new deliveries, and also when there
    was nothing to number.
    """
    numbered = number_and_notify(tenant_id, wait=wait)
    for kind, thread in ((Kind.DIRECT, runner), (Kind.QUEUED, sender)):
        if reserved := numbered.reserved(kind):
            thread.assign(tenant_id, reserved)
        if not numbered.events or numbered.has_unreserved(kind):
            thread.wake(tenant_id)
    return len(numbered.events)


def wake_receivers(tenant_id: UUID) -> None:
    """Have the threads look in the ledger for deliveries that are due."""
    for thread in (runner, sender):
        thread.wake(tenant_id)


def number_and_notify(tenant_id: UUID, *, wait: bool = True) -> NumberingPass:
    """Number committed events and notify the live receivers."""
    numbered = run_numbering_pass(tenant_id, wait=wait, reserved_for=assignable(tenant_id))
    if numbered.events:
        notify_live_receivers(tenant_id, numbered.events)
    return numbered


def assignable(tenant_id: UUID) -> set[str]:
    """The receivers whose new deliveries this process reserves for its threads; the others' wait in the ledger."""
    ready = [kind for kind, thread in ((Kind.DIRECT, runner), (Kind.QUEUED, sender)) if thread.has_room()]
    if broker_outage.broker.is_away() and Kind.QUEUED in ready:
        ready.remove(Kind.QUEUED)
    return {receiver.name for receiver in receivers_of(ready)} - switches.switched_off(tenant_id)


def notify_live_receivers(tenant_id: UUID, events: list[Event]) -> None:
    """Call the live receivers. A failure is logged and does no harm, since subscribers read the log."""
    off = switches.switched_off(tenant_id)
    for receiver in receivers_of([Kind.LIVE]):
        wanted = [] if receiver.name in off else of_types(events, receiver)
        try:
            if wanted:
                receiver.handle(wanted)
        except Exception:
            log.exception("live_receiver_failed", receiver=receiver.name, tenant_id=str(tenant_id))


dispatcher = DispatchThread(number_and_assign, work_inline=dispatch_now, pause_seconds=0.02)
runner = DispatchThread(
    run_direct, work_inline=dispatch_now, work_assigned=run_assigned, name="runner", linger_seconds=0.03
)
sender = DispatchThread(
    send_tasks, work_inline=dispatch_now, work_assigned=send_assigned, name="sender", linger_seconds=0.03
)


def stop_threads(*, seconds: float = 5.0) -> None:
    """Let the threads finish for at most ``seconds`` and end them; the relay finds the rest."""
    deadline = time.monotonic() + seconds
    for thread in (dispatcher, runner, sender):  # The dispatcher may wake the others.
        thread.stop(timeout_seconds=max(deadline - time.monotonic(), 0.0))


atexit.register(stop_threads)
