"""Charges callers for what they ask for, before it runs, and tells them what it cost."""

from dataclasses import dataclass
from typing import Any

from graphql_server.documents import Document
from graphql_server.errors import ApiError, Code
from graphql_server.limits import Limits, count_values
from tenants import throttling
from tenants.context import Caller
from tenants.throttling import Allowance, Throttled

CHARACTERS_PER_POINT = 10
"""Of a text that has to be parsed and validated: it is charged for that, whatever comes of it."""
TIMES_REFUSED = 10
"""How many times as much a document costs that is refused, each time: no ordinary client sends one again and again."""
BYTES_PER_POINT = 1_000
"""Of what is sent."""
POINTS_PER_SECOND = 10_000
"""Of time that an operation has taken."""
TOLERATED_POINTS = 50
"""What an operation may take at any price."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What an operation costs, at the most, and what its caller has left."""

    cost: int
    most: int
    allowance: Allowance | None

    def shown(self) -> dict[str, Any]:
        """As ``extensions.cost`` (the names are Shopify's)."""
        told: dict[str, Any] = {"requestedQueryCost": self.cost, "maximumQueryCost": self.most}
        if left := self.allowance:
            told["throttleStatus"] = {
                "maximumAvailable": left.maximum,
                "currentlyAvailable": left.available,
                "restoreRate": left.per_second,
            }
        return told


def points_of_text(text: str) -> int:
    """What it costs to read a document."""
    return 1 + len(text) // CHARACTERS_PER_POINT


def points_of_refusal(text: str) -> int:
    """What it costs to have a document refused."""
    return TIMES_REFUSED * points_of_text(text)


def points_of_size(size: int) -> int:
    """What it costs to send so many bytes; none for an ordinary request."""
    return size // BYTES_PER_POINT


def price(document: Document, name: str | None, variables: dict[str, Any] | None, most: Limits) -> int:
    """The points of an operation.

    Raises:
        ApiError: QUERY_TOO_EXPENSIVE; it costs too much, or comes with too many values.
    """
    if variables and count_values(variables, most.values) > most.values:
        raise ApiError(Code.QUERY_TOO_EXPENSIVE, f"The variables hold more than {most.values:,} values.")
    cost = document.price(name, variables)
    if cost > most.cost:
        message = f"The operation costs {cost:,} points; at most {most.cost:,} are allowed. Ask for smaller pages."
        raise ApiError(Code.QUERY_TOO_EXPENSIVE, message, requestedQueryCost=cost, maximumQueryCost=most.cost)
    return cost


def take(caller: Caller, points: int) -> None:
    """Take points from the caller's buckets. May wait for Redis, 50 ms at the most: not for an event loop.

    Raises:
        ApiError: THROTTLED; nothing was taken.
    """
    try:
        throttling.take(caller, points)
    except Throttled as throttled:
        raise refused(throttled) from None


def take_at_once(caller: Caller, points: int) -> bool:
    """The same on the event loop; False if Redis would have to be asked, and then nothing was taken.

    Raises:
        ApiError: THROTTLED; nothing was taken.
    """
    try:
        return throttling.take_at_once(caller, points) is not False
    except Throttled as throttled:
        raise refused(throttled) from None


def take_or_owe(caller: Caller, points: int) -> None:
    """The same for what was done already, on the event loop: points that Redis would have to grant are owed.

    Raises:
        ApiError: THROTTLED; nothing was taken.
    """
    if not take_at_once(caller, points):
        owe(caller, points)


def owe(caller: Caller, points: int) -> None:
    """Charge for what was done already. Asks nobody, refuses nothing."""
    throttling.owe(caller, points)


def charge(caller: Caller, cost: int, most: Limits, *, size: int = 0) -> Bill:
    """Take what an operation costs, and its ``size`` in bytes, from its caller's buckets. May wait as :func:`take`.

    Raises:
        ApiError: THROTTLED.
    """
    try:
        return Bill(cost, most.cost, throttling.take(caller, cost + points_of_size(size)))
    except Throttled as throttled:
        raise refused(throttled, requestedQueryCost=cost) from None


def charge_at_once(caller: Caller, cost: int, most: Limits, *, size: int = 0) -> Bill | None:
    """The same on the event loop; None if Redis would have to be asked, and then nothing was taken.

    Raises:
        ApiError: THROTTLED.
    """
    try:
        taken = throttling.take_at_once(caller, cost + points_of_size(size))
    except Throttled as throttled:
        raise refused(throttled, requestedQueryCost=cost) from None
    return None if taken is False else Bill(cost, most.cost, taken if isinstance(taken, Allowance) else None)


def settle(caller: Caller, cost: int, seconds: float) -> None:
    """Charge an operation afterwards for the time that it took beyond its price. Asks nobody, refuses nothing.

    ``seconds`` are those of the processor and of the statements.
    """
    beyond = round(seconds * POINTS_PER_SECOND) - max(cost, TOLERATED_POINTS)
    if beyond > 0:
        owe(caller, beyond)


def refused(throttled: Throttled, **extensions: Any) -> ApiError:
    """What a caller who has asked for too much is told."""
    return ApiError(Code.THROTTLED, str(throttled), retryAfterSeconds=throttled.retry_after, **extensions)
