"""Tokens that were looked up a moment ago, so that a busy client does not cost a query for each of its requests."""

from threading import Lock
from time import monotonic

from tenants.context import Caller

KEPT_SECONDS = 1.0
"""Seconds for which a revoked token may still be accepted."""
KEPT_TOKENS = 10_000


class RecentCallers:
    """Callers by the digest of their token. Only valid tokens are kept, so a new token is valid immediately.

    Safe for threads.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Caller]] = {}
        self._lock = Lock()

    def find(self, digest: str) -> Caller | None:
        """The caller, if the token was found valid within the last second."""
        until, caller = self._kept.get(digest, (0.0, None))
        return caller if monotonic() < until else None

    def keep(self, digest: str, caller: Caller, *, expires_in: float | None = None) -> None:
        """Remember the caller for a second, or for the ``expires_in`` seconds that the token still has."""
        now = monotonic()
        seconds = KEPT_SECONDS if expires_in is None else min(KEPT_SECONDS, expires_in)
        with self._lock:
            self._kept.pop(digest, None)
            self._kept[digest] = now + seconds, caller
            while len(self._kept) > KEPT_TOKENS or next(iter(self._kept.values()))[0] < now:
                del self._kept[next(iter(self._kept))]

    def forget(self) -> None:
        """Drop all callers: every token is looked up again."""
        with self._lock:
            self._kept.clear()


recent_callers = RecentCallers()
