"""Find the tenants that have work, by one statement, and visit them in turn; no notification is needed for this."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from events import switches
from events.dispatch import broker_outage
from events.models import Delivery
from events.receivers import RECEIVERS, Kind, receivers_of
from tenants.context import across_tenants
from tenants.db import sql

ROUND_TENANTS = 1000
EVENTS = "events"
WORK = f"""
    SELECT tenant_id, '{EVENTS}' AS work FROM events_event WHERE sequence IS NULL{{after}}
    UNION
    SELECT tenant_id, CASE WHEN receiver IN {{direct}} THEN '{Kind.DIRECT.value}' ELSE '{Kind.QUEUED.value}' END
    FROM events_delivery WHERE status IN {{unfinished}} AND due_at <= %s AND receiver IN {{receivers}}{{on}}{{after}}
    ORDER BY tenant_id LIMIT %s
"""  # noqa: S608  # made of constants
KINDS_OF_WORK = 3


class TenantWork(NamedTuple):
    """A tenant that has unnumbered events, or deliveries due to receivers of some kinds."""

    tenant_id: UUID
    has_events: bool
    due: frozenset[Kind]


def tenants_with_work(*, after: UUID | None = None, limit: int = ROUND_TENANTS) -> list[TenantWork]:
    """The tenants with unnumbered events or due deliveries, ordered by id, after the id ``after``: one statement.

    Receivers that are switched off or unknown to this process do not count, nor do tasks while the broker is away.
    """
    direct, receivers = ["", *names_of(Kind.DIRECT)], ["", *sorted(RECEIVERS.keys() - on_hold())]
    off = [(receiver, tenant) for receiver, tenants in switches.switched_off_for_some().items() for tenant in tenants]
    place = () if after is None else (after,)
    statement = WORK.format(
        direct=sql.places(direct),
        unfinished=sql.places(Delivery.UNFINISHED),
        receivers=sql.places(receivers),
        on=" AND NOT (receiver = %s AND tenant_id = %s)" * len(off),
        after=" AND tenant_id > %s" * len(place),
    )
    values = (*place, *direct, *Delivery.UNFINISHED, timezone.now(), *receivers, *sum(off, ()), *place)
    with across_tenants():
        rows = sql.rows(statement, *values, KINDS_OF_WORK * limit)
    found: dict[UUID, set[str]] = {}
    for tenant_id, work in rows:
        found.setdefault(sql.as_uuid(tenant_id), set()).add(work)
    kinds = {kind.value: kind for kind in Kind}
    return [
        TenantWork(tenant_id, EVENTS in works, frozenset(kinds[work] for work in works - {EVENTS}))
        for tenant_id, works in list(found.items())[:limit]
    ]


def names_of(kind: Kind) -> list[str]:
    """The names of the receivers of this kind."""
    return [receiver.name for receiver in receivers_of([kind])]


def on_hold() -> set[str]:
    """The receivers whose deliveries wait, of all tenants, even when they are due."""
    queued = names_of(Kind.QUEUED) if broker_outage.broker.is_away() else []
    return {*switches.switched_off(), *queued}


class Rotation:
    """Visits the tenants that have work in turn, at most ``ROUND_TENANTS`` at a time.

    Work that can't be done now (it waits for another event of its order, or fails) is found again each time. So each
    search begins where the last one ended, and no tenant waits behind another's.
    """

    def __init__(self) -> None:
        self.last: UUID | None = None

    def next(self) -> list[TenantWork]:
        """The next tenants; if fewer than ``ROUND_TENANTS``, all have been visited and the next call starts over."""
        found = tenants_with_work(after=self.last, limit=ROUND_TENANTS)
        self.last = found[-1].tenant_id if len(found) == ROUND_TENANTS else None
        return found

    def all(self) -> Iterator[UUID]:
        """Every tenant that has work, once."""
        while True:
            yield from (work.tenant_id for work in self.next())
            if self.last is None:
                return
