"""Do one step of one tenant's work at a time: a step that fails is logged, counted and paused.

So a tenant's step that fails, even permanently, does not stop other steps or other tenants.
"""

import time
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

import structlog
from django.db import connection

from events.metrics import metrics

log = structlog.get_logger(__name__)

FIRST_SECONDS, LIMIT_SECONDS = 0.2, 30.0
MOST_FAILURES = 10_000
"""The most failing steps that are remembered; with more, all are forgotten and tried again immediately."""

Step = tuple[str, UUID]
Done = TypeVar("Done")


class Backoff:
    """The steps that are paused, each twice as long as the last time, up to ``LIMIT_SECONDS``."""

    def __init__(self) -> None:
        self.failures: dict[Step, int] = {}
        self.again_at: dict[Step, float] = {}

    def is_paused(self, step: str, tenant_id: UUID) -> bool:
        """Whether this step of the tenant's work is paused now."""
        return self.again_at.get((step, tenant_id), 0.0) > time.monotonic()

    def attempt(self, step: str, tenant_id: UUID, work: Callable[[], Done]) -> Done | None:
        """Do a step of a tenant's work and return what ``work`` returns.

        Returns None if the step is paused or fails. A failure is logged and counted under ``step``, one of few names.

        Raises:
            Exception: the error of ``work``, if the database is away, which is not the tenant's failure, or if there is
                a transaction around the call, which can't continue.
        """
        key = (step, tenant_id)
        if self.is_paused(step, tenant_id):
            return None
        try:
            done = work()
        except Exception:
            if connection.in_atomic_block or not database_answers():
                raise
            seconds = self.failed(key)
            log.exception("step_failed", step=step, tenant_id=str(tenant_id), pause_seconds=seconds)
            return None
        if key in self.failures:
            self.forget(key)
        return done

    def failed(self, key: Step) -> float:
        """Pause this step; return for how many seconds."""
        if len(self.failures) >= MOST_FAILURES:
            self.forget_all()
        failures = self.failures.get(key, 0)
        self.failures[key] = failures + 1
        seconds: float = min(FIRST_SECONDS * 2 ** min(failures, 20), LIMIT_SECONDS)
        self.again_at[key] = time.monotonic() + seconds
        metrics.STEP_FAILURES.labels(key[0]).inc()
        return seconds

    def forget(self, key: Step) -> None:
        """Forget a step that has succeeded."""
        self.failures.pop(key, None)
        self.again_at.pop(key, None)

    def forget_all(self) -> None:
        """Pause nothing any more."""
        self.failures.clear()
        self.again_at.clear()


backoff = Backoff()
"""The backoff of this process."""


def database_answers() -> bool:
    """Whether the database answers on a new connection. The current one, which may be broken, is closed."""
    try:
        connection.close()
        connection.ensure_connection()
        return connection.is_usable()
    except Exception:  # of any kind: the database did not answer
        return False
