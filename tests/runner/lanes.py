"""Passes side by side: as many at once as the processors have room for, and the output of each shown in one piece."""

import contextlib
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import IO

import psutil

from tests.runner.passes import Pass, Result

RULE = "=" * 100
POLL_SECONDS = 0.1
IDLE_SECONDS = 4.0
IDLE_ENOUGH = 0.2
"""Of one processor. With so much left over, another pass begins: how busy a pass is changes from minute to minute."""


def heading(text: str) -> None:
    """Print a heading over what follows."""
    print(f"\n{RULE}\n{text}\n{RULE}", flush=True)


class Idle:
    """How many processors of the machine had nothing to do for the last seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.looks: deque[tuple[float, float]] = deque()

    def processors(self) -> float:
        """Look at the machine's counters. 0 before enough seconds have passed."""
        times = psutil.cpu_times()
        now, idle = self.clock(), times.idle + getattr(times, "iowait", 0.0)
        self.looks.append((now, idle))
        while len(self.looks) > 1 and self.looks[1][0] <= now - IDLE_SECONDS:
            self.looks.popleft()
        began, idle_then = self.looks[0]
        return (idle - idle_then) / (now - began) if now - began >= IDLE_SECONDS else 0.0

    def forget(self) -> None:
        """Begin again: something has changed."""
        self.looks.clear()


def results(passes: Sequence[Pass], *, processors: float = 1, most: float = 0) -> Generator[Result]:
    """Run the passes side by side and yield their results in the order of the passes.

    A pass begins when so many processors are free as it keeps busy (:attr:`Pass.processors`); earlier ones of the
    list go first. While the machine is seen to be idle, passes begin as if it had ``most`` processors. Output appears
    as it is written, one pass at a time; what a pass writes before its turn is shown at its turn. If the caller stops
    early, the running passes are interrupted and the others never start.
    """
    with running(passes, processors, most) as lanes:
        for one in passes:
            heading(one.title)
            yield lanes.follow(one)


@contextlib.contextmanager
def running(passes: Sequence[Pass], processors: float, most: float = 0) -> Iterator["Lanes"]:
    """Lanes that end what still runs."""
    with tempfile.TemporaryDirectory(prefix="orders-output-") as directory:
        lanes = Lanes(passes, processors, most, Path(directory))
        try:
            yield lanes
        finally:
            lanes.end()


class Lanes:
    """The passes that wait, those that run, and the results of those that are over."""

    def __init__(self, passes: Sequence[Pass], processors: float, most: float, directory: Path) -> None:
        self.waiting = list(passes)
        self.running: list[Pass] = []
        self.results: dict[Pass, Result] = {}
        self.free = processors
        self.spare = max(most - processors, 0)
        self.idle = Idle()
        self.outputs = {one: directory / str(number) for number, one in enumerate(passes)}
        for output in self.outputs.values():
            output.touch()

    def follow(self, one: Pass) -> Result:
        """Copy a pass's output to the standard output until it is over; meanwhile others begin and end."""
        with self.outputs[one].open("rb") as written:
            while True:
                self.look()
                is_over = one in self.results  # Before the read, which then sees all that was written.
                show(written)
                if is_over:
                    return self.results[one]
                time.sleep(POLL_SECONDS)

    def look(self) -> None:
        """Note which passes are over, and start those that there is room for."""
        for one in [one for one in self.running if one.is_over]:
            self.running.remove(one)
            self.free += one.processors
            self.results[one] = one.finish()
        for one in list(self.waiting):
            if one.processors <= self.free or not self.running:
                self.start(one)
        if (
            self.waiting
            and self.waiting[0].processors <= self.free + self.spare
            and self.idle.processors() > IDLE_ENOUGH
        ):
            self.start(self.waiting[0])

    def start(self, one: Pass) -> None:
        """Start a pass that writes to its file."""
        self.waiting.remove(one)
        self.running.append(one)
        self.free -= one.processors
        self.idle.forget()
        with self.outputs[one].open("wb") as output:
            one.start(output)

    def end(self) -> None:
        """Interrupt all that run, and wait for them."""
        if not isinstance(sys.exc_info()[1], KeyboardInterrupt):  # A Ctrl-C has reached them already.
            for one in self.running:
                one.interrupt()
        for one in self.running:
            one.end()


def show(written: IO[bytes]) -> None:
    """Copy what was written since to the standard output."""
    sys.stdout.buffer.write(written.read())
    sys.stdout.flush()
