"""Do each tenant's part of the work by itself: a part that fails is logged, counted and left alone for a while.

So the failing part of one tenant, for ever if need be, does not stop the parts of the others.
"""

import time
from collections.abc import Callable
from uuid import UUID

import structlog
from django.db import connection

from events.metrics import metrics

log = structlog.get_logger(__name__)

FIRST_SECONDS, LIMIT_SECONDS = 0.2, 30.0
MOST_KNOWN = 10_000
"""How many failing parts are known at most; beyond that all are forgotten, and so tried again at once."""

Part = tuple[str, UUID]


class Backoff:
    """Which parts of the work are left alone, each twice as long as the last time, up to ``LIMIT_SECONDS``."""

    def __init__(self) -> None:
        self.failures: dict[Part, int] = {}
        self.again_at: dict[Part, float] = {}

    def attempt(self, step: str, tenant_id: UUID, work: Callable[[], int]) -> int:
        """Do a step of a tenant's work, unless it is left alone, and return what ``work`` does: how much was done.

        0 if it is left alone, or fails: then it is logged and counted under its ``step``, which is one of few names.

        Raises:
            Exception: what ``work`` raised, because the database is away, which is not this tenant's failure; or
                because there is a transaction around it, which can't go on.
        """
        part = (step, tenant_id)
        if self.again_at.get(part, 0.0) > time.monotonic():
            return 0
        try:
            done = work()
        except Exception:
            if connection.in_atomic_block or not database_answers():
                raise
            seconds = self.failed(part)
            log.exception("step_failed", step=step, tenant_id=str(tenant_id), pause_seconds=seconds)
            return 0
        if part in self.failures:
            self.forget(part)
        return done

    def failed(self, part: Part) -> float:
        """Leave this part alone; for how many seconds."""
        if len(self.failures) >= MOST_KNOWN:
            self.forget_all()
        failures = self.failures.get(part, 0)
        self.failures[part] = failures + 1
        seconds: float = min(FIRST_SECONDS * 2 ** min(failures, 20), LIMIT_SECONDS)
        self.again_at[part] = time.monotonic() + seconds
        metrics.STEP_FAILURES.labels(part[0]).inc()
        return seconds

    def forget(self, part: Part) -> None:
        """It has succeeded."""
        self.failures.pop(part, None)
        self.again_at.pop(part, None)

    def forget_all(self) -> None:
        """Leave nothing alone."""
        self.failures.clear()
        self.again_at.clear()


backoff = Backoff()
"""The process's own."""


def database_answers() -> bool:
    """Whether the database answers on a new connection; the one so far, which may be broken, is closed."""
    try:
        connection.close()
        connection.ensure_connection()
        return connection.is_usable()
    except Exception:  # whatever it is, it is no answer
        return False
