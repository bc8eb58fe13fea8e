"""Shows the progress of a long measurement."""

import sys
import time


class Progress:
    """What is done of what is planned; each run is weighed by what it takes on a quiet machine."""

    def __init__(self, planned_seconds: float) -> None:
        self.planned = planned_seconds
        self.done = 0.0
        self.began = time.monotonic()

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began

    @property
    def left(self) -> float:
        """About how many seconds are left, at the pace so far; as planned while nothing is done."""
        pace = self.elapsed / self.done if self.done else 1.0
        return max(0.0, self.planned - self.done) * pace

    def ran(self, seconds: float, text: str) -> None:
        """Note the end of a run, with its planned seconds, and print what it found."""
        self.done += seconds
        self.say(text)

    def say(self, text: str) -> None:
        """Say what is going on, beside the results."""
        print(f"[{clock(self.elapsed)}, about {clock(self.left)} left] {text}", file=sys.stderr, flush=True)


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
