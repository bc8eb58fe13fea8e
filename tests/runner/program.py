"""Runs one of the test programs: Ctrl-C and SIGTERM end it and its passes in good order."""

import signal
import sys
from collections.abc import Callable
from types import FrameType


def run(main: Callable[[list[str]], int]) -> None:
    """Call ``main`` with the command line's arguments, and exit with the status that it returns."""
    signal.signal(signal.SIGTERM, end_on_sigterm)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # A shell's background job, and all it starts, ignores it.
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def end_on_sigterm(_signum: int, _frame: FrameType | None) -> None:
    """Raise an exception, so that everything is cleaned up."""
    sys.exit(128 + signal.SIGTERM)
