"""A rate limit for one peer."""

from typing import Final

BURST_SECONDS: Final = 10


class RateLimit:
    """A token bucket: it gains ``per_second`` tokens a second and holds those of ten seconds; 0 is no limit."""

    __slots__ = ("_at", "_left", "_per_second")

    def __init__(self, per_second: float, now: float) -> None:
        self._per_second = per_second
        self._left = per_second * BURST_SECONDS
        self._at = now

    def allows(self, now: float, cost: float = 1) -> bool:
        """Spend ``cost`` tokens at the time ``now``; whether there were enough. They are spent in either case."""
        if not self._per_second:
            return True
        self._left = min(self._per_second * BURST_SECONDS, self._left + (now - self._at) * self._per_second) - cost
        self._at = now
        return self._left >= 0
