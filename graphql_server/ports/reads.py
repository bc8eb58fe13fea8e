"""Which database a query reads."""

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Reads(Protocol):
    """Decides which database a query reads."""

    def __call__(self, run: Callable[[], T]) -> T:
        """Return what ``run`` returns: all statements of one query, in this thread, in its caller's context.

        ``run`` may be called a second time if a database has failed.
        """
