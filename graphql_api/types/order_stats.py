"""Orders in numbers."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum

import strawberry

from graphql_api.types.enums import OrderStatus
from graphql_api.types.money import Money, money
from orders.selectors import MOST_PROBED, MOST_SEARCHED
from orders.stats import tally


@strawberry.enum(
    description=(
        "A period that ends now, and its intervals. The current interval is included. Intervals start at round "
        "UTC times."
    )
)
class StatsWindow(Enum):
    """The windows of :mod:`orders.stats.tally`."""

    HOUR = strawberry.enum_value(tally.StatsWindow.HOUR, description="60 intervals of one minute.")
    DAY = strawberry.enum_value(tally.StatsWindow.DAY, description="96 intervals of 15 minutes.")
    WEEK = strawberry.enum_value(tally.StatsWindow.WEEK, description="84 intervals of two hours.")


def revenue_of(totals: Mapping[str, Decimal]) -> list[Money]:
    """Amounts by currency, in the currencies' order."""
    return [money(amount, currency) for currency, amount in sorted(totals.items())]


@strawberry.type(description="The number of orders with one status.")
class OrderStatusCount:
    """A status and a number."""

    status: OrderStatus = strawberry.field(description="The status.")
    orders: int = strawberry.field(description="The number of orders in the period that have this status now.")


@strawberry.type(description="The orders created in one interval.")
class OrderStatsInterval:
    """A bar of the chart."""

    interval: strawberry.Private[tally.Interval]

    @strawberry.field(description="When the interval starts.")
    def begin(self) -> datetime:
        return self.interval.begin

    @strawberry.field(description="The number of orders created in the interval.")
    def orders(self) -> int:
        return self.interval.orders

    @strawberry.field(
        description=(
            "The sum of the totals of orders that are not cancelled, one amount for each currency. Refunds are not "
            "subtracted."
        )
    )
    def revenue(self) -> list[Money]:
        return revenue_of(self.interval.revenue)


@strawberry.type(
    description=(
        "Statistics of your tenant's orders that were created in one period and match the filter. They are exact for "
        "one position in the event log. If too many orders have to be searched for those that match, only the newest "
        "are counted: read `isComplete`, and show `countedFrom` if it is false."
    )
)
class OrderStats:
    """A period's numbers."""

    stats: strawberry.Private[tally.Stats]
    cursor: str = strawberry.field(
        description=(
            "The position in the event log up to which the numbers are exact. Pass it as `after` to receive the "
            "events that they do not include."
        )
    )

    @strawberry.field(description="The requested window. Null for a period given as `from` and `to`.")
    def window(self) -> StatsWindow | None:
        time = self.stats.time
        return StatsWindow(time) if isinstance(time, tally.StatsWindow) else None

    @strawberry.field(description="The start of the period: the start of the window's first interval, or `from`.")
    def since(self) -> datetime:
        return self.stats.since

    @strawberry.field(description="The end of the period: now, or `to`.")
    def until(self) -> datetime:
        return self.stats.until

    @strawberry.field(
        description=(
            "Whether all matching orders of the period are counted. If not, every number is that of the orders created "
            "at `countedFrom` or later, and nothing is known of the time before it."
        )
    )
    def is_complete(self) -> bool:
        return self.stats.is_complete

    @strawberry.field(
        description=(
            "The time from which on all matching orders are counted: `since`, if `isComplete`. Otherwise the server "
            f"has searched the newest {MOST_SEARCHED:,} orders of the period, or {MOST_PROBED:,} if the filter "
            "has conditions on lines or tags, and counted those that match: there are more, and no index finds few "
            "that match."
        )
    )
    def counted_from(self) -> datetime:
        return self.stats.counted_from

    @strawberry.field(description="The length of an interval in seconds.")
    def interval_seconds(self) -> int:
        return self.stats.time.seconds

    @strawberry.field(description="When the numbers were computed.")
    def at(self) -> datetime:
        return self.stats.now

    @strawberry.field(description="The number of orders created in the period, from `countedFrom` on.")
    def orders(self) -> int:
        return self.stats.orders

    @strawberry.field(
        description=(
            "The sum of the totals of those orders that are not cancelled, one amount for each currency. Refunds are "
            "not subtracted."
        )
    )
    def revenue(self) -> list[Money]:
        return revenue_of(self.stats.revenue)

    @strawberry.field(description="The number of orders in the period, by current status. Every status occurs once.")
    def by_status(self) -> list[OrderStatusCount]:
        return [OrderStatusCount(status=status, orders=count) for status, count in self.stats.by_status.items()]

    @strawberry.field(
        description=(
            "Every interval of the period, oldest first. The first and the last may be partial. Intervals that end "
            "before `countedFrom` are left out, because their orders are not counted."
        )
    )
    def intervals(self) -> list[OrderStatsInterval]:
        return [OrderStatsInterval(interval=one) for one in self.stats.intervals]
