"""Dispatch immediately, on the calling thread: for tests, the shell and commands (``EVENTS_DISPATCH=inline``)."""

import threading
from uuid import UUID

import structlog

from events.dispatch.deliverer import deliver
from events.dispatch.numbering import number_and_notify
from events.dispatch.rotation import Rotation
from events.dispatch.work import Work
from events.receivers import LEDGER_KINDS

log = structlog.get_logger(__name__)


class Calls(threading.local):
    """The tenants for which this thread still has to dispatch, while it is dispatching."""

    waiting: dict[UUID, None] | None = None


_calls = Calls()


def dispatch(tenant_id: UUID) -> None:
    """Dispatch now; never raises. Events that a receiver causes meanwhile are dispatched afterwards."""
    if _calls.waiting is not None:
        _calls.waiting[tenant_id] = None
        return
    _calls.waiting = {tenant_id: None}
    try:
        while _calls.waiting:
            one, _ = _calls.waiting.popitem()
            dispatch_or_log(one)
    finally:
        _calls.waiting = None


def dispatch_or_log(tenant_id: UUID) -> None:
    """:func:`dispatch_now`; a failure is logged, and a dispatcher finds the work later."""
    try:
        dispatch_now(tenant_id)
    except Exception:  # The database is unreachable, or the transaction around the call is broken.
        log.exception("dispatch_failed", tenant_id=str(tenant_id))


def dispatch_now(tenant_id: UUID) -> int:
    """Number committed events, notify live receivers, do due deliveries; return the number of events and deliveries."""
    work, events, is_full = Work(LEDGER_KINDS), 0, True
    while is_full:
        passed = number_and_notify([tenant_id], wait=True, reserved_for=work.ready_names)
        for numbered in passed:
            work.add(tenant_id, numbered.reserved)
            events += len(numbered.events)
        is_full = any(numbered.is_full for numbered in passed)
    work.look_for(tenant_id)
    return events + sum(map(deliver, work.batches()))


def settle(*, rounds: int = 100) -> int:
    """Dispatch until nothing is due; return the number of events and deliveries.

    Raises:
        RuntimeError: there was still work after ``rounds`` rounds.
    """
    done = 0
    for _ in range(rounds):
        handled = sum(dispatch_now(tenant_id) for tenant_id in Rotation().all())
        if not handled:
            return done
        done += handled
    raise RuntimeError(f"There is still work after {rounds} rounds.")
