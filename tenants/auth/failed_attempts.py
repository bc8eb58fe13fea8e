"""Limits on failed tokens and passwords: a point is taken before a check, and given back if the check succeeds.

So failures are limited, however many attempts are simultaneous. Logins are counted for each address, for each account
at an address, and for each account everywhere. Guessing from many addresses uses up the last of these; then each login
of that account waits for a turn. A browser that has signed in to the account before has its own count, and a token that
was valid within the last hour is not counted: guessing locks no user out.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address
from types import TracebackType
from typing import Final, Self

import structlog
from django.core.exceptions import ValidationError

from tenants.auth.passwords import Busy, return_connections
from tenants.auth.proxies import parsed
from tenants.ratelimit.buckets import Rate
from tenants.ratelimit.throttling import buckets, rates
from tenants.values.languages import text_lazy

log = structlog.get_logger(__name__)

PROVEN_SECONDS: Final = 3600.0
KEPT: Final = 10_000
TURN_SECONDS: Final = 5.0
"""Seconds that a login waits for its turn at an account whose password is guessed from many addresses."""
MOST_WAITING: Final = 20
"""The most logins of this process that wait at a time: each holds a thread."""

Count = tuple[str, int]
"""The counters, and how many failures each allows a minute; 0 is no limit."""


class Held(Exception):
    """Too many tries have failed: this one is not checked for ``retry_after`` seconds, a whole number."""

    text: Final = "Too many failed attempts. Try again in %(retry_after)s s."

    def __init__(self, wait_seconds: float) -> None:
        self.retry_after = max(1, math.ceil(wait_seconds))
        super().__init__(self.text % {"retry_after": self.retry_after})


class Proven:
    """The tokens that were valid within the last hour, by digest; the most recently used ones. Safe for threads."""

    def __init__(self) -> None:
        self._until: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, digest: str) -> bool:
        return self._until.get(digest, 0.0) > time.monotonic()

    def add(self, digest: str) -> None:
        """The token was valid just now."""
        with self._lock:
            self._until[digest] = time.monotonic() + PROVEN_SECONDS
            self._until.move_to_end(digest)
            if len(self._until) > KEPT:
                self._until.popitem(last=False)

    def discard(self, digest: str) -> None:
        """The token is not valid any more."""
        with self._lock:
            self._until.pop(digest, None)

    def clear(self) -> None:
        """Drop all tokens."""
        with self._lock:
            self._until.clear()


@dataclass(slots=True)
class Pause:
    """A second in which nothing more is logged."""

    until: float = 0.0

    def expired(self) -> bool:
        """Whether the second is over; then the next one begins."""
        now = time.monotonic()
        if now < self.until:
            return False
        self.until = now + 1
        return True


proven, said = Proven(), Pause()
_turns = threading.Semaphore(MOST_WAITING)


def of_address(address: str | None) -> str:
    """The key of an address; one of IPv6 counts with its network, which is one customer's."""
    found = parsed(address or "")
    if isinstance(found, IPv6Address):
        return f"{int(found) >> 64:x}"
    return str(found or "unknown")


def of_account(name: str) -> str:
    """The key of an account, whether there is one or not."""
    return sha256(name.encode(errors="replace")).hexdigest()[:32]


@dataclass(slots=True)
class Attempt:
    """An attempt whose points are taken. They are returned unless :meth:`failed` is called."""

    what: str
    counts: Sequence[Count]
    has_failed: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self.has_failed:
            for count in self.counts:
                take(count, -1)

    def failed(self) -> None:
        """The attempt failed."""
        self.has_failed = True
        log.warning("attempt_failed", what=self.what)


def take(count: Count, points: int = 1) -> float:
    """Take a point; return how many seconds until there is one, if there is none."""
    key, per_minute = count
    return buckets().take(points, [(f"failures:{key}", Rate(per_minute / 60, per_minute))]).wait_seconds


def begun(what: str, counts: Sequence[Count]) -> Attempt:
    """Begin an attempt, which takes a point of each count, or of none.

    Raises:
        Held: a count has no points left.
    """
    attempt = Attempt(what, [count for count in counts if count[1]])
    for number, count in enumerate(attempt.counts):
        if wait := take(count):
            for earlier in attempt.counts[:number]:
                take(earlier, -1)
            log_held(what, count, wait)
            raise Held(wait)
    return attempt


def log_held(what: str, count: Count, wait: float) -> None:
    """Log that tries are refused, at most once a second: there may be many."""
    if said.expired():
        log.warning("attempts_held", what=what, of=count[0].partition(":")[0], seconds=math.ceil(wait))


def token(address: str | None, digest: str) -> Attempt:
    """Begin to look at a token; one that was right within the last hour takes no points.

    Raises:
        Held: too many others from there were wrong.
    """
    return begun("token", [] if digest in proven else [(f"address:{of_address(address)}", rates().failures)])


def login(address: str | None, name: str, browser: str | None) -> Attempt:
    """Begin to look at a password. ``browser`` is the one that has signed in to the account before, if this is it.

    May wait for a turn, :data:`TURN_SECONDS` at the most; then without a database connection.

    Raises:
        Held: too many others from there, or of this browser, were wrong, or no turn has come.
    """
    measures, account = rates(), of_account(name)
    if browser is not None:
        return begun("login", [(f"browser:{browser}:{account}", measures.account_failures)])
    here = of_address(address)
    counts = [(f"address:{here}", measures.failures), (f"account:{account}:{here}", measures.account_failures)]
    attempt = begun("login", counts)
    if measures.account_everywhere:
        try:
            attempt.counts = [*attempt.counts, turn((f"everywhere:{account}", measures.account_everywhere))]
        except Held:
            attempt.__exit__(None, None, None)
            raise
    return attempt


def turn(count: Count) -> Count:
    """Wait for a point of an account's count everywhere, and take it.

    Raises:
        Held: no point came in time, or too many wait.
    """
    wait = take(count)
    if not wait:
        return count
    log_held("login", count, wait)
    if not _turns.acquire(blocking=False):
        raise Held(TURN_SECONDS)
    try:
        return_connections()
        end = time.monotonic() + TURN_SECONDS
        while wait:
            if time.monotonic() + wait > end:
                raise Held(wait)
            time.sleep(wait)
            wait = take(count)
    finally:
        _turns.release()
    return count


def forget() -> None:
    """Forget all counts; for tests."""
    proven.clear()
    said.until = 0.0


def form_error(error: Held | Busy) -> ValidationError:
    """The error that a form shows; its parameter ``retry_after`` is in seconds."""
    return ValidationError(text_lazy(error.text), code="throttled", params={"retry_after": error.retry_after})
