"""What time it is for what happens: now, unless somebody writes down what happened earlier (an import, demo data)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """The time of what happens in this context. Leases, expiries and audit go by the real time."""
    return _moment.get() or timezone.now()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let what is done inside have happened at ``moment`` (an aware time)."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)
