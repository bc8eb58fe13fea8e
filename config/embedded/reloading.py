"""Restart when the code changes: the process ends cleanly and becomes a new one, once the new code can start."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.utils.autoreload import StatReloader, file_changed

# Everything that a start imports; its error messages are for the person at the terminal.
IMPORT_ALL = "import django; django.setup(); import config.asgi, config.urls, config.embedded.process"


class Watcher:
    """Calls ``on_change`` once, when code has changed and can be imported; broken code only prints its error."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self.on_change = on_change
        self.reloader = StatReloader()

    def start(self) -> None:
        """Watch from a separate thread."""
        file_changed.connect(self.changed, dispatch_uid="config.embedded.reloading")
        threading.Thread(target=self.watch, name="watcher", daemon=True).start()

    def watch(self) -> None:
        """Django's loop, which looks at every imported module once a second."""
        self.reloader.run(threading.main_thread())

    def changed(self, *, file_path: Path, **_: Any) -> bool:
        """Handle one changed file; true means that Django need not."""
        if file_path.suffix == ".py" and starts():
            self.reloader.stop()
            self.on_change()
        return True


def starts() -> bool:
    """Whether a new process could start with the present code; if not, the error was printed."""
    command = [sys.executable, "-c", IMPORT_ALL]
    return subprocess.run(command, cwd=settings.BASE_DIR, check=False).returncode == 0  # noqa: S603  # our own code


def become_new(*, without: str = "") -> NoReturn:
    """Replace this process by a new one with the same command line, without the option ``without``."""
    command = [part for part in sys.orig_argv if part != without]
    os.execv(sys.executable, command)  # noqa: S606  # itself
