"""Work on a database connection of its own, at the same time as the test's transaction."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def in_another_thread(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Start the work; return its thread, and a list that gets its result, or the error that it raised."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:  # The test reads it.
            results.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results
