"""A circuit breaker for the broker: after one failed send, the others wait for a moment instead of failing too."""

import threading
import time

from kombu.exceptions import OperationalError

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 2.0


class Breaker:
    """Whether to try to send. Each process has its own, and notices an outage by its first send."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pause_seconds = 0.0
        self.tried_again_at = float("-inf")

    def is_away(self) -> bool:
        """Whether sending is paused now."""
        return time.monotonic() < self.tried_again_at

    def failed(self) -> None:
        """Note that a send failed because of the broker: pause, twice as long as the last time."""
        with self.lock:
            self.pause_seconds = min(max(self.pause_seconds * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
            self.tried_again_at = time.monotonic() + self.pause_seconds

    def succeeded(self) -> None:
        """Note that the broker took a message."""
        self.pause_seconds = 0.0
        self.tried_again_at = float("-inf")


broker = Breaker()


def is_outage(error: Exception) -> bool:
    """Whether a send failed because the broker can't be reached or does not answer, not because of what was sent."""
    return isinstance(error, OSError | OperationalError)
