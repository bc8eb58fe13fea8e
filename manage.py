#!/usr/bin/env python
"""Django's command line."""

import os
import signal
import sys

# They run until a signal. It takes seconds to import all that they need, and as the first process of a container Python
# would ignore a signal without a handler.
SERVERS = {"up", "serve", "dispatcher", "relay"}
# A person who tries out code sees its effects in the next line, without a dispatcher.
DISPATCH_INLINE = {"shell"}
INTERRUPTED = 128 + signal.SIGINT


def leave_early(*_: object) -> None:
    """End on a signal that comes before there is anything to end."""
    os.write(2, b"\nStopped before it was up.\n")
    os._exit(os.EX_OK)


if __name__ == "__main__" and SERVERS.intersection(sys.argv[1:2]):
    signal.signal(signal.SIGINT, leave_early)
    signal.signal(signal.SIGTERM, leave_early)

from django.core.exceptions import ImproperlyConfigured  # noqa: E402  # it takes a moment
from django.core.management import execute_from_command_line  # noqa: E402

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["up"]:
        os.write(2, b"  Starting\n")  # It takes seconds to import all that it needs.
    if DISPATCH_INLINE.intersection(sys.argv[1:2]):
        os.environ.setdefault("EVENTS_DISPATCH", "inline")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))  # the sentence alone: it says what to set
    except KeyboardInterrupt:
        os.write(2, b"\nInterrupted.\n")
        sys.exit(INTERRUPTED)
