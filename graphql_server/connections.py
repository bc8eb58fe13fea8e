"""Database connections of threads that the server owns: Django closes old ones around a request, the server around
work.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import local

from django.db import close_old_connections, connections

_thread = local()


def keep_connections() -> None:
    """Have this thread keep its connection to SQLite, which takes half a millisecond to open."""
    _thread.keeps = True


@contextmanager
def healthy_connections() -> Iterator[None]:
    """Use no broken or outlived database connection inside, and leave none to this thread.

    A connection to PostgreSQL goes back to its pool.
    """
    close_old_connections()
    try:
        yield
    finally:
        if getattr(_thread, "keeps", False):
            for connection in connections.all(initialized_only=True):
                if connection.vendor == "sqlite":
                    connection.close_at = 0 if connection.errors_occurred else None  # immediately, or at any age
        close_old_connections()
