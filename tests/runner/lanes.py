"""Passes side by side: each lane runs its passes in turn, and the output of each pass is shown in one piece."""

import contextlib
import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import chain, zip_longest
from pathlib import Path

from tests.runner.passes import Pass, Result

Lane = Sequence[Pass]
RULE = "=" * 100
LOOK_SECONDS = 0.2


def heading(text: str) -> None:
    """Print a heading over what follows."""
    print(f"\n{RULE}\n{text}\n{RULE}", flush=True)


def results(*lanes: Lane) -> Generator[Result]:
    """Run all lanes at once and yield each pass's result, the first of every lane before the second.

    Output appears as it is written, one pass at a time; what a pass writes before its turn is shown at its turn.
    If the caller stops early, the running passes are interrupted and the others never start.
    """
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="orders-output-")))
        begun = [stack.enter_context(started(lane, directory)) for lane in lanes]
        for shown in chain.from_iterable(zip_longest(*begun)):
            if shown is not None:
                one, output, ended = shown
                heading(one.title)
                yield follow(output, ended)


@contextlib.contextmanager
def started(lane: Lane, directory: Path) -> Iterator[list[tuple[Pass, Path, Future[Result]]]]:
    """Run the lane's passes in turn in the background, each with a file for its output."""
    outputs = [directory / f"{id(one)}" for one in lane]
    for output in outputs:
        output.touch()
    thread = ThreadPoolExecutor(1)
    try:
        yield [(one, output, thread.submit(run, one, output)) for one, output in zip(lane, outputs, strict=True)]
    finally:
        thread.shutdown(wait=False, cancel_futures=True)
        for one in lane:
            one.end()
        thread.shutdown()


def run(one: Pass, output: Path) -> Result:
    """Run a pass that writes to this file."""
    with output.open("wb") as file:
        one.start(file)
        return one.finish()


def follow(output: Path, ended: Future[Result]) -> Result:
    """Copy a growing file to the standard output until its pass has ended."""
    with output.open("rb") as written:
        while True:
            is_over = ended.done()  # Before the read, which then sees all that was written.
            sys.stdout.buffer.write(written.read())
            sys.stdout.flush()
            if is_over:
                return ended.result()
            wait([ended], timeout=LOOK_SECONDS)
