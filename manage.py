#!/usr/bin/env python
"""Django's command line."""

import os
import signal
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def leave_early(*_: object) -> None:
    """End ``./dev up`` on a signal that comes before there is anything to end."""
    os.write(2, b"\nStopped before it was up.\n")
    os._exit(os.EX_OK)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["up"]:  # It takes seconds to import all that it needs.
        signal.signal(signal.SIGINT, leave_early)
        signal.signal(signal.SIGTERM, leave_early)
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))  # the sentence alone: it says what to set
