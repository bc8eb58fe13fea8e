"""Believable orders of the last 90 days, through the services and with their events, each at its time.

Demo orders lie in the past. They are audited in full, but no mail is sent and no worker processes them: those
deliveries are SKIPPED, with the reason.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from events import clock
from events.dispatch import ledger, on_commit
from events.dispatch.direct import run_direct
from events.dispatch.numbering import number
from events.log import events_recorded
from events.models import Delivery
from events.receivers import RECEIVERS, Kind
from orders import services
from orders.demo.stories import Step, Story, Teller
from orders.models import Order
from orders.states import ProcessingStatus, Status
from tenants.context import acting_as, acting_for, current_tenant_id
from tenants.values.identifiers import uuid7

DAYS = 90
CHUNK = 200
"""How many steps share a transaction: it holds SQLite's one writer for about half a second."""
SKIPPED = ("notifications", "processing")
REASON = "Demo data: this is history."

Progress = Callable[[int, int], None]
"""Called with how many steps are done, and how many there are."""


def silent(done: int, of: int) -> None:
    """Show no progress."""


def seed(*, orders: int, seed: int = 1, until: datetime | None = None, progress: Progress = silent) -> list[UUID]:
    """Place that many orders in the current tenant and take them through their lives; their ids.

    Their numbers and ids are new on each run, all else follows from ``seed``. The dispatcher or relay of a running
    system writes their audit records; without one, :func:`settle_history` does.
    """
    run = uuid7().hex
    stories = tell(orders=orders, seed=seed, until=until or timezone.now(), run=run)
    steps = sorted(
        [(story.created_at, number, None) for number, story in enumerate(stories)]
        + [(moment, number, step) for number, story in enumerate(stories) for moment, step in story.later],
        key=lambda one: one[0],
    )
    placed: dict[int, UUID] = {}
    caller = acting_for(current_tenant_id(), actor="demo-data", request_id=run)
    with acting_as(caller), undisturbed():
        for begin in range(0, len(steps), CHUNK):
            with transaction.atomic():
                for moment, number, step in steps[begin : begin + CHUNK]:
                    with clock.at(moment):
                        placed[number] = take(stories[number], step, placed.get(number))
                make_history(run)
            progress(min(begin + CHUNK, len(steps)), len(steps))
    return list(placed.values())


def tell(*, orders: int, seed: int, until: datetime, run: str) -> list[Story]:
    """The stories of that many orders; a few are of the last days, so that some of them are still on their way."""
    teller = Teller(seed=seed, customers=orders // 3, days=min(DAYS, max(2, orders / 5)))
    return [teller.story(f"PO-{run[-8:]}-{number:05d}".upper(), until) for number in range(1, orders + 1)]


def take(story: Story, step: Step | None, order_id: UUID | None) -> UUID:
    """One step of a story, the first of which places the order; the order's id."""
    if step is None or order_id is None:
        return services.create_order(story.new).id
    if isinstance(step, ProcessingStatus):
        services.set_processing_status(order_id, step)
    else:
        MOVES[step](order_id, **story.details.get(step, {}))
    return order_id


MOVES: dict[Status, Callable[..., Order]] = {
    Status.PAID: services.pay_order,
    Status.SHIPPED: services.ship_order,
    Status.DELIVERED: services.deliver_order,
    Status.CANCELLED: services.cancel_order,
}


def make_history(run: str) -> None:
    """Number what this run has written, before it is committed, so that no mail is sent in the meantime."""
    tenant_id = current_tenant_id()
    while numbered := number(tenant_id):
        ledger.skip([event for event in numbered if event.request_id == run], SKIPPED, reason=REASON)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Leave the process's own dispatcher out of it, which would wait for SQLite's writer; its receivers run later."""
    connected = events_recorded.disconnect(dispatch_uid="events.dispatch")
    try:
        yield
    finally:
        if connected:
            on_commit.connect()


def settle_history(*, progress: Progress = silent) -> int:
    """Write the audit records that are due in the current tenant, many to a transaction; how many deliveries ran.

    For a command: where a system runs, its dispatcher or relay does the same beside its other work.
    """
    tenant_id, done = current_tenant_id(), 0
    waiting = Delivery.objects.filter(status=Delivery.Status.PENDING, receiver__in=direct_receivers()).count()
    while ran := run_direct(tenant_id):
        done += ran
        progress(min(done, waiting), waiting)
    return done


def direct_receivers() -> list[str]:
    """The receivers whose effect is in our database."""
    return [receiver.name for receiver in RECEIVERS.values() if receiver.kind is Kind.DIRECT]
