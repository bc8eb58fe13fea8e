"""The time at which events happen: now, unless an import or demo data records events of an earlier time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """The time of events in this context. Leases, expiries and audit records use the real time."""
    return _moment.get() or timezone.now()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Events that are recorded inside happened at ``moment`` (an aware time)."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)
