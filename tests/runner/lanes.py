"""Passes side by side: as many at once as the processors have room for, and the output of each shown in one piece."""

import contextlib
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import IO

from tests.runner.passes import Pass, Result

RULE = "=" * 100
POLL_SECONDS = 0.1


def heading(text: str) -> None:
    """Print a heading over what follows."""
    print(f"\n{RULE}\n{text}\n{RULE}", flush=True)


def results(passes: Sequence[Pass], *, processors: float = 1) -> Generator[Result]:
    """Run the passes side by side and yield their results in the order of the passes.

    A pass begins when so many processors are free as it keeps busy (:attr:`Pass.processors`); earlier ones of the
    list go first. Output appears as it is written, one pass at a time; what a pass writes before its turn is shown at
    its turn. If the caller stops early, the running passes are interrupted and the others never start.
    """
    with running(passes, processors) as lanes:
        for one in passes:
            heading(one.title)
            yield lanes.follow(one)


@contextlib.contextmanager
def running(passes: Sequence[Pass], processors: float) -> Iterator["Lanes"]:
    """Lanes that end what still runs."""
    with tempfile.TemporaryDirectory(prefix="orders-output-") as directory:
        lanes = Lanes(passes, processors, Path(directory))
        try:
            yield lanes
        finally:
            lanes.end()


class Lanes:
    """The passes that wait, those that run, and the results of those that are over."""

    def __init__(self, passes: Sequence[Pass], processors: float, directory: Path) -> None:
        self.waiting = list(passes)
        self.running: list[Pass] = []
        self.results: dict[Pass, Result] = {}
        self.free = processors
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

    def start(self, one: Pass) -> None:
        """Start a pass that writes to its file."""
        self.waiting.remove(one)
        self.running.append(one)
        self.free -= one.processors
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
