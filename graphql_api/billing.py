"""Charges callers for what they ask for, before it runs, and tells them what it cost."""

from dataclasses import dataclass
from typing import Any

from graphql_api.documents import Document, Documents
from graphql_api.errors import ApiError, Code
from graphql_api.limits import Limits, count_values
from tenants import throttling
from tenants.context import Caller
from tenants.throttling import Allowance, Throttled

CHARACTERS_PER_POINT = 10
"""Of a text that has to be parsed and validated: it is charged for that, whatever comes of it."""


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


def document_for(caller: Caller, documents: Documents, text: str) -> Document:
    """The document, parsed and validated; the caller is charged for one that was not seen before.

    Raises:
        ApiError: THROTTLED; nothing was read.
    """
    if (known := documents.known(text)) is not None:
        return known
    try:
        throttling.take(caller, 1 + len(text) // CHARACTERS_PER_POINT)
    except Throttled as throttled:
        raise refused(throttled) from None
    return documents.validated(text)


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


def charge(caller: Caller, cost: int, most: Limits) -> Bill:
    """Take what an operation costs from its caller's bucket. May wait for Redis, 50 ms at the most.

    Raises:
        ApiError: THROTTLED.
    """
    try:
        return Bill(cost, most.cost, throttling.take(caller, cost))
    except Throttled as throttled:
        raise refused(throttled, requestedQueryCost=cost) from None


def charge_at_once(caller: Caller, cost: int) -> bool:
    """The same on the event loop; False if Redis would have to be asked, and then nothing was taken.

    Raises:
        ApiError: THROTTLED.
    """
    try:
        return throttling.take_at_once(caller, cost)
    except Throttled as throttled:
        raise refused(throttled, requestedQueryCost=cost) from None


def refused(throttled: Throttled, **extensions: Any) -> ApiError:
    """What a caller who has asked for too much is told."""
    return ApiError(Code.THROTTLED, str(throttled), retryAfterSeconds=throttled.retry_after, **extensions)
