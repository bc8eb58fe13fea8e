#!/usr/bin/env python
"""Django's command line, and with ``-m NAME`` that of one of our programs: ``manage.py -m learn run 6``."""

import os
import runpy
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# They run until a signal. It takes seconds to import all that they need, and as the first process of a container Python
# would ignore a signal without a handler.
SERVERS = {"up", "serve", "dispatcher", "relay"}
# A person who tries out code sees its effects in the next line, without a dispatcher.
DISPATCH_INLINE = {"shell"}
INTERRUPTED, READER_GONE = 128 + signal.SIGINT, 128 + signal.SIGPIPE


def leave_early(*_: object) -> None:
    """End on a signal that comes before there is anything to end."""
    os.write(2, b"\nStopped before it was up.\n")
    os._exit(os.EX_OK)


if __name__ == "__main__" and SERVERS.intersection(sys.argv[1:2]):
    signal.signal(signal.SIGINT, leave_early)
    signal.signal(signal.SIGTERM, leave_early)


@contextmanager
def ending_with_its_reader() -> Iterator[None]:
    """End without a trace if the reader of standard output is gone, as in ``./dev learn | head -3``."""
    try:
        yield
        if sys.stdout:
            sys.stdout.flush()
    except (BrokenPipeError, SystemExit) as error:
        if not reader_is_gone():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python writes out the rest when it ends.
        if isinstance(error, SystemExit):
            raise
        sys.exit(READER_GONE)


def reader_is_gone() -> bool:
    """Whether standard output is a pipe that is read no more."""
    poll = select.poll()
    poll.register(1, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def run_django() -> None:
    """Run a command of Django's; a wrong setting is one sentence."""
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415  # it takes a moment
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["up"]:
        os.write(2, b"  Starting\n")  # It takes seconds to import all that it needs.
    if DISPATCH_INLINE.intersection(sys.argv[1:2]):
        os.environ.setdefault("EVENTS_DISPATCH", "inline")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))  # the sentence alone: it says what to set


def run_program() -> None:
    """Run the program that is named after ``-m``, as ``python -m`` does."""
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    try:
        with ending_with_its_reader():
            (run_program if sys.argv[1:2] == ["-m"] else run_django)()
    except KeyboardInterrupt:
        os.write(2, b"\nInterrupted.\n")
        sys.exit(INTERRUPTED)
