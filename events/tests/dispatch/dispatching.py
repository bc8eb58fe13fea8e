"""Dispatch step by step, on the test's thread."""

from collections.abc import Iterable

from events.dispatch.deliverer import deliver
from events.dispatch.dispatcher import Dispatcher
from events.dispatch.work import Work
from events.models import Delivery
from events.receivers import LEDGER_KINDS, Kind
from tenants.context import current_tenant_id


def do_due(*kinds: Kind) -> int:
    """Do the due deliveries in the ledger for receivers of these kinds, or of all; return how many were done."""
    work = Work(kinds or LEDGER_KINDS)
    work.look_for(current_tenant_id())
    return sum(map(deliver, work.batches()))


def do_reserved(deliveries: Iterable[Delivery]) -> int:
    """Do these deliveries, which are reserved; return how many were done, or sent."""
    work = Work(LEDGER_KINDS)
    work.add(current_tenant_id(), deliveries)
    return sum(map(deliver, work.batches()))


def poll(dispatcher: Dispatcher) -> int:
    """One poll of a dispatcher and all that it finds; return the number of events and deliveries."""
    dispatcher.polls_at = float("-inf")
    return dispatcher.turn() + sum(deliverer.drain() for deliverer in dispatcher.deliverers)
