"""A broker that is away: one failed send holds back the others for a moment, so that none has to find out by itself."""

import threading
import time

from kombu.exceptions import OperationalError

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 2.0


class Breaker:
    """Whether sending is worth a try. One per process: each finds out for itself, and soon."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pause_seconds = 0.0
        self.tried_again_at = float("-inf")

    def is_away(self) -> bool:
        """Whether nothing is to be sent now."""
        return time.monotonic() < self.tried_again_at

    def failed(self) -> None:
        """A send failed for the broker's sake: pause, twice as long as the last time."""
        with self.lock:
            self.pause_seconds = min(max(self.pause_seconds * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
            self.tried_again_at = time.monotonic() + self.pause_seconds

    def succeeded(self) -> None:
        """The broker is there."""
        self.pause_seconds = 0.0
        self.tried_again_at = float("-inf")


broker = Breaker()


def is_outage(error: Exception) -> bool:
    """Whether a send failed because the broker can't be reached or does not answer, not because of what was sent."""
    return isinstance(error, OSError | OperationalError)
