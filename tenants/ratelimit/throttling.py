"""Rate limits: each caller has a bucket of points, and shares the bucket of its tenant."""

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from uuid import UUID

from django.conf import settings

from tenants.context import Caller
from tenants.ratelimit.buckets import Buckets, Limits, LocalBuckets, Rate, SharedBuckets, Taken


@dataclass(frozen=True, slots=True)
class Rates:
    """Points a second, each about a tenth of a millisecond of server time; 0 is no limit.

    A bucket holds the points of ``burst_seconds``, and is full at first.
    """

    caller: int = 20_000
    """For each token and each person, and for the open demo as a whole."""
    tenant: int = 80_000
    """For all callers of a tenant together."""
    address: int = 2_000
    """For all from one address who have not said who they are."""
    burst_seconds: int = 10
    failures: int = 30
    """Tokens and logins a minute that may fail from one address; here 0 is no limit, too."""
    account_failures: int = 10
    """Logins a minute that may fail for one account at one address, or in a browser that has signed in to it."""
    account_everywhere: int = 30
    """Logins a minute that may fail for one account, wherever they come from; beyond, each waits for a turn."""

    def of(self, per_second: int) -> Rate:
        """The rate of a bucket into which ``per_second`` points come."""
        return Rate(per_second, per_second * self.burst_seconds)


class Throttled(Exception):
    """Too few points: come back after ``retry_after`` seconds, a whole number, at least 1."""

    def __init__(self, wait_seconds: float) -> None:
        self.retry_after = max(1, math.ceil(wait_seconds))
        super().__init__(f"Rate limit exceeded. Try again in {self.retry_after} s.")


@cache
def rates() -> Rates:
    """The rates of the setting ``THROTTLE``."""
    return Rates(**settings.THROTTLE)


@cache
def buckets() -> Buckets:
    """This process's buckets: shared with the others if there is a Redis."""
    if settings.REDIS_URL:
        return SharedBuckets(settings.REDIS_URL, f"{settings.CHANNEL_PREFIX}:rate:")
    return LocalBuckets()


def forget() -> None:
    """Begin with full buckets and the settings as they are now; for tests."""
    rates.cache_clear()
    limits_for.cache_clear()
    buckets.cache_clear()


def limits_of(caller: Caller) -> Limits:
    """The buckets that a caller takes from."""
    return limits_for(
        caller.tenant_id, caller.token_id, caller.user_id, caller.ip if caller.tenant_id is None else None
    )


@lru_cache(maxsize=10_000)
def limits_for(tenant_id: UUID | None, token_id: UUID | None, user_id: int | None, address: str | None) -> Limits:
    """The buckets of a caller with these ids. Braces keep a tenant's keys on one node of a Redis cluster."""
    measures = rates()
    if tenant_id is None:
        return ((f"address:{address}", measures.of(measures.address)),) if measures.address else ()
    limits = []
    tenant = f"{{{tenant_id.hex}}}"
    if measures.caller:
        who = f"token{token_id}" if token_id else f"user{user_id}" if user_id else "demo"
        limits.append((f"{tenant}:{who}", measures.of(measures.caller)))
    if measures.tenant:
        limits.append((tenant, measures.of(measures.tenant)))
    return tuple(limits)


@dataclass(frozen=True, slots=True)
class Allowance:
    """A caller's points: ``available`` now, at most ``maximum``, refilled by ``per_second``."""

    available: int
    maximum: int
    per_second: int


def take(caller: Caller, points: int) -> Allowance | None:
    """Take points from the caller's and their tenant's buckets; the points left, or None if there is no limit.

    May wait for Redis, at most 50 ms.

    Raises:
        Throttled: there are too few; no points were taken.
    """
    limits = limits_of(caller)
    return allowance(buckets().take(points, limits), limits) if limits else None


def take_at_once(caller: Caller, points: int) -> Allowance | bool:
    """Take points without a request to Redis; True if there is no limit.

    False if that is unknown without Redis; then no points were taken.

    Raises:
        Throttled: there are certainly too few; no points were taken.
    """
    limits = limits_of(caller)
    if not limits:
        return True
    taken = buckets().take_now(points, limits)
    return False if taken is None else allowance(taken, limits)


def owe(caller: Caller, points: int) -> None:
    """Take points even if there are too few: a caller in debt waits for the bucket to refill. Contacts no server."""
    if limits := limits_of(caller):
        buckets().owe(points, limits)


def allowance(taken: Taken, limits: Limits) -> Allowance:
    """The points left.

    Raises:
        Throttled: no points were granted.
    """
    if taken.wait_seconds > 0:
        raise Throttled(taken.wait_seconds)
    rate = limits[0][1]
    return Allowance(int(max(0, min(taken.left, rate.most))), int(rate.most), int(rate.per_second))
