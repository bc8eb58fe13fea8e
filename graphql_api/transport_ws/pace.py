"""How fast a peer may talk."""

from typing import Final

BURST_SECONDS: Final = 10


class Pace:
    """Counts a peer's messages against ``per_second``, of which ten seconds' worth may come at once; 0 is no limit."""

    __slots__ = ("_at", "_left", "_per_second")

    def __init__(self, per_second: float, now: float) -> None:
        self._per_second = per_second
        self._left = per_second * BURST_SECONDS
        self._at = now

    def is_kept(self, now: float) -> bool:
        """Whether one more message, now, is within the pace."""
        if not self._per_second:
            return True
        self._left = min(self._per_second * BURST_SECONDS, self._left + (now - self._at) * self._per_second) - 1
        self._at = now
        return self._left >= 0
