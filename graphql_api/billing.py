"""Takes the points of operations from callers' rate limits, and shows callers the cost of an operation."""

from dataclasses import dataclass
from typing import Any, Final

from graphql_server.errors import ApiError, Code
from tenants.context import Caller
from tenants.ratelimit import throttling
from tenants.ratelimit.throttling import Allowance, Throttled

POINTS_PER_SECOND: Final = 10_000
"""The part of an operation's time that is not charged."""
TOLERATED_POINTS: Final = 50
"""Server time, in points, that no operation is charged for, whatever its price."""


@dataclass(frozen=True, slots=True)
class Bill:
    """The cost of an operation, the highest allowed cost, and what its caller has left, all in points."""

    cost: int
    most: int
    allowance: Allowance | None

    def shown(self) -> dict[str, Any]:
        """The bill as ``extensions.cost``, under Shopify's names."""
        shown: dict[str, Any] = {"requestedQueryCost": self.cost, "maximumQueryCost": self.most}
        if left := self.allowance:
            shown["throttleStatus"] = {
                "maximumAvailable": left.maximum,
                "currentlyAvailable": left.available,
                "restoreRate": left.per_second,
            }
        return shown


class Billing:
    """The meter (:class:`graphql_server.ports.costs.Meter`) over the limits of :mod:`tenants.ratelimit.throttling`."""

    def take(self, caller: Caller, points: int) -> None:
        """Take points from the caller's buckets. May wait for Redis, 50 ms at the most: not for an event loop.

        Raises:
            ApiError: THROTTLED; no points were taken.
        """
        try:
            throttling.take(caller, points)
        except Throttled as throttled:
            raise refused(throttled) from None

    def take_at_once(self, caller: Caller, points: int) -> bool:
        """Take points on an event loop. False if Redis must be asked; then no points were taken.

        Raises:
            ApiError: THROTTLED; no points were taken.
        """
        try:
            return throttling.take_at_once(caller, points) is not False
        except Throttled as throttled:
            raise refused(throttled) from None

    def owe(self, caller: Caller, points: int) -> None:
        """Charge for work that is already done. Never contacts Redis and never refuses."""
        throttling.owe(caller, points)

    def charge(self, caller: Caller, cost: int, most: int, *, size_points: int = 0) -> Bill:
        """Take an operation's ``cost``, and the points for the bytes of its request. May wait as :meth:`take` does.

        Raises:
            ApiError: THROTTLED; no points were taken.
        """
        try:
            return Bill(cost, most, throttling.take(caller, cost + size_points))
        except Throttled as throttled:
            raise refused(throttled, requestedQueryCost=cost) from None

    def charge_at_once(self, caller: Caller, cost: int, most: int, *, size_points: int = 0) -> Bill | None:
        """Take an operation's ``cost`` on an event loop. None if Redis must be asked; then no points were taken.

        Raises:
            ApiError: THROTTLED; no points were taken.
        """
        try:
            taken = throttling.take_at_once(caller, cost + size_points)
        except Throttled as throttled:
            raise refused(throttled, requestedQueryCost=cost) from None
        return None if taken is False else Bill(cost, most, taken if isinstance(taken, Allowance) else None)

    def settle(self, caller: Caller, cost: int, seconds: float) -> None:
        """Charge an operation afterwards for the time that it took beyond its price. Never refuses.

        ``seconds`` are those of the processor and of the database's statements.
        """
        beyond = round(seconds * POINTS_PER_SECOND) - max(cost, TOLERATED_POINTS)
        if beyond > 0:
            self.owe(caller, beyond)


def refused(throttled: Throttled, **extensions: Any) -> ApiError:
    """The error for a caller without enough points."""
    return ApiError(Code.THROTTLED, str(throttled), retryAfterSeconds=throttled.retry_after, **extensions)
