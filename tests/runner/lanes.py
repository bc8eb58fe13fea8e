"""Passes side by side: so many run at once, and the output of each pass is shown in one piece."""

import contextlib
import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from tests.runner.passes import Pass, Result

RULE = "=" * 100
LOOK_SECONDS = 0.2


def heading(text: str) -> None:
    """Print a heading over what follows."""
    print(f"\n{RULE}\n{text}\n{RULE}", flush=True)


def results(passes: Sequence[Pass], *, at_once: int = 1) -> Generator[Result]:
    """Run the passes, at most so many at once, and yield their results in the order of the passes.

    A pass begins when one before it has ended. Output appears as it is written, one pass at a time; what a pass
    writes before its turn is shown at its turn. If the caller stops early, the running passes are interrupted and the
    others never start.
    """
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="orders-output-")))
        for one, output, ended in stack.enter_context(started(passes, directory, at_once)):
            heading(one.title)
            yield follow(output, ended)


@contextlib.contextmanager
def started(passes: Sequence[Pass], directory: Path, at_once: int) -> Iterator[list[tuple[Pass, Path, Future[Result]]]]:
    """Run the passes in the background, each with a file for its output."""
    outputs = [directory / f"{id(one)}" for one in passes]
    for output in outputs:
        output.touch()
    threads = ThreadPoolExecutor(at_once)
    try:
        yield [(one, output, threads.submit(run, one, output)) for one, output in zip(passes, outputs, strict=True)]
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for one in passes:
            one.end()
        threads.shutdown()


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
