"""Live statistics of orders: counted once, then kept up event by event."""

from functools import partial
from time import monotonic
from uuid import UUID

from events import clock, cursors
from events.models import Event
from graphql_api.types.order_stats import OrderStats
from graphql_server.live.latest import Latest
from orders.search.filters import Condition
from orders.stats.counting import count_orders
from orders.stats.tally import StatsWindow
from tenants.context import tenant_context

RECOUNT_SECONDS = 600.0
"""Seconds after which a count is read again: until then events keep it up to date, but some changes have no event."""


class Count:
    """The numbers of one tenant, window and filter; implements :class:`graphql_server.live.latest.State`."""

    def __init__(self, tenant_id: UUID, window: StatsWindow, condition: Condition | None) -> None:
        """Count the orders in the database."""
        self._tenant_id = tenant_id
        self._window = window
        with tenant_context(tenant_id):
            self._tally = count_orders(window, condition=condition)
        self._ends_at = monotonic() + RECOUNT_SECONDS
        self._interval_ends = clock.now()

    @property
    def position(self) -> int:
        """The sequence of the last event that is counted."""
        return self._tally.position

    def apply(self, event: Event) -> None:
        """Count the next event."""
        self._tally.apply(event)

    def value(self) -> OrderStats:
        """The numbers now."""
        now = self._tally.at(clock.now())
        self._interval_ends = self._window.begin_of(self._window.interval_of(now.now) + 1)
        return OrderStats(stats=now, cursor=cursors.encode(self._tenant_id, now.position))

    def seconds_valid(self) -> float:
        """The seconds until the current interval ends: the next interval changes the numbers."""
        return (self._interval_ends - clock.now()).total_seconds()

    @property
    def is_stale(self) -> bool:
        """Whether to count again: after ``RECOUNT_SECONDS``, or because the events do not fit the count."""
        return self._tally.is_off or monotonic() > self._ends_at


def latest_stats(tenant_id: UUID, window: StatsWindow, condition: Condition | None) -> Latest:
    """The newest numbers of a window. All subscribers of the tenant with an equal filter share one count."""
    return Latest((window, condition), partial(Count, tenant_id, window, condition))
