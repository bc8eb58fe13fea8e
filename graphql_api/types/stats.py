"""Orders in numbers."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum

import strawberry

from graphql_api.types.enums import OrderStatus
from graphql_api.types.money import Money, money
from orders import stats


@strawberry.enum(
    description="How far back is counted, the current interval included. Intervals begin at whole UTC times."
)
class StatsWindow(Enum):
    """The windows of :mod:`orders.stats`."""

    HOUR = strawberry.enum_value(stats.Window.HOUR, description="60 intervals of a minute.")
    DAY = strawberry.enum_value(stats.Window.DAY, description="96 intervals of a quarter of an hour.")
    WEEK = strawberry.enum_value(stats.Window.WEEK, description="84 intervals of two hours.")


def revenue_of(totals: Mapping[str, Decimal]) -> list[Money]:
    """Amounts by currency, in the currencies' order."""
    return [money(amount, currency) for currency, amount in sorted(totals.items())]


@strawberry.type(description="How many orders of the window are in one status.")
class OrderStatusCount:
    """A status and a number."""

    status: OrderStatus = strawberry.field(description="The status.")
    orders: int = strawberry.field(description="How many are in it now.")


@strawberry.type(description="What came in one interval.")
class OrderStatsInterval:
    """A bar of the chart."""

    interval: strawberry.Private[stats.Interval]

    @strawberry.field(description="When it begins.")
    def begin(self) -> datetime:
        return self.interval.begin

    @strawberry.field(description="How many orders were placed in it.")
    def orders(self) -> int:
        return self.interval.orders

    @strawberry.field(description="What those that were not cancelled come to, one amount for each currency.")
    def revenue(self) -> list[Money]:
        return revenue_of(self.interval.revenue)


@strawberry.type(description="Your tenant's orders of a window in numbers: exact, as of one position in the event log.")
class OrderStats:
    """A window's numbers."""

    stats: strawberry.Private[stats.Stats]
    cursor: str = strawberry.field(
        description="The position that they are exact as of: as `after`, it brings what is not in them."
    )

    @strawberry.field(description="The window.")
    def window(self) -> StatsWindow:
        return StatsWindow(self.stats.window)

    @strawberry.field(description="When the window's first interval begins.")
    def since(self) -> datetime:
        return self.stats.since

    @strawberry.field(description="When they were counted.")
    def at(self) -> datetime:
        return self.stats.now

    @strawberry.field(description="How many orders were placed.")
    def orders(self) -> int:
        return self.stats.orders

    @strawberry.field(description="What those that were not cancelled come to, one amount for each currency.")
    def revenue(self) -> list[Money]:
        return revenue_of(self.stats.revenue)

    @strawberry.field(description="How many of them are in each status now; every status once.")
    def by_status(self) -> list[OrderStatusCount]:
        return [OrderStatusCount(status=status, orders=count) for status, count in self.stats.by_status.items()]

    @strawberry.field(description="What came when: every interval of the window, oldest first.")
    def intervals(self) -> list[OrderStatsInterval]:
        return [OrderStatsInterval(interval=one) for one in self.stats.intervals]
