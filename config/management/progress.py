"""Shows the steps of a command that takes long: a bar on a terminal, and a line for each step that is done."""

import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress


class Steps:
    """Context manager: shows one step after the other. ``write`` gets the lines of finished steps."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self.write = write
        self.bar = Progress(console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty())

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def step(self, what: str, total: int) -> Callable[[int], None]:
        """Begin a step of this number of parts, 0 if it is not known; call the result with how many more are done."""
        for task in self.bar.task_ids:
            self.bar.remove_task(task)
        task = self.bar.add_task(what, total=total or None)
        return lambda more: self.bar.advance(task, more)

    def end(self, said: str) -> None:
        """End the step with a sentence."""
        self.write(said)
