"""What every relay does now and then, beside its turns: small, harmless when several relays do it, never in the way."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog
from django.conf import settings
from django.db import connection

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every so many seconds, and when a relay starts."""

    work: Callable[[], object]
    seconds: float


JOBS: dict[str, Job] = {}

Work = TypeVar("Work", bound=Callable[[], object])


def every(seconds: float, *, name: str) -> Callable[[Work], Work]:
    """Register a job under its name. It has a thread of its own, and is left out while its last run goes on.

    So a job that hangs (a file on a disk that does not answer) stops neither the relay nor another job.
    """

    def register(work: Work) -> Work:
        JOBS[name] = Job(work, seconds)
        return work

    return register


class Scheduler:
    """When one relay last did which job."""

    def __init__(self) -> None:
        self.due: dict[str, float] = {}
        self.threads: dict[str, threading.Thread] = {}

    def run_due(self) -> None:
        """Do what is due. What fails is logged, and tried again when it is due again."""
        now = time.monotonic()
        for name, job in JOBS.items():
            if self.due.get(name, now) <= now:
                self.due[name] = now + job.seconds
                if settings.EVENTS_DISPATCH == "thread":
                    self.start(name, job)
                else:
                    run(name, job)

    def start(self, name: str, job: Job) -> None:
        """Have a thread do it, unless one is still at it."""
        if name not in self.threads or not self.threads[name].is_alive():
            self.threads[name] = threading.Thread(target=run_on_thread, args=(name, job), name=name, daemon=True)
            self.threads[name].start()


def run(name: str, job: Job) -> None:
    """Do a job, whatever comes of it."""
    try:
        job.work()
    except Exception:
        log.exception("chore_failed", job=name)
        connection.close()  # It may be broken; the next statement opens another.


def run_on_thread(name: str, job: Job) -> None:
    """The same, on a thread that ends with it."""
    try:
        run(name, job)
    finally:
        connection.close()
