"""Periodic jobs of every dispatcher. A job is small, and harmless when several dispatchers run it."""

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
    """Work to do at intervals of ``seconds``, and when a dispatcher starts."""

    work: Callable[[], object]
    seconds: float


JOBS: dict[str, Job] = {}

Work = TypeVar("Work", bound=Callable[[], object])


def every(seconds: float, *, name: str) -> Callable[[Work], Work]:
    """Register a job under its name. It runs on a separate thread, and is not started again while it runs.

    So a job that hangs (a disk that does not answer) stops neither the dispatcher nor another job.
    """

    def register(work: Work) -> Work:
        JOBS[name] = Job(work, seconds)
        return work

    return register


class Scheduler:
    """When each job of one dispatcher is due, and its thread."""

    def __init__(self) -> None:
        self.due: dict[str, float] = {}
        self.threads: dict[str, threading.Thread] = {}

    def run_due(self) -> None:
        """Run the jobs that are due. A failure is logged; the job runs again when it is due again."""
        now = time.monotonic()
        for name, job in JOBS.items():
            if self.due.get(name, now) <= now:
                self.due[name] = now + job.seconds
                if settings.EVENTS_DISPATCH != "inline":
                    self.start(name, job)
                else:
                    run(name, job)

    def start(self, name: str, job: Job) -> None:
        """Run the job on a thread, unless the last run is not over."""
        if name not in self.threads or not self.threads[name].is_alive():
            self.threads[name] = threading.Thread(target=run_on_thread, args=(name, job), name=name, daemon=True)
            self.threads[name].start()


def run(name: str, job: Job) -> None:
    """Run the job and log a failure."""
    try:
        job.work()
    except Exception:
        log.exception("chore_failed", job=name)
        connection.close()  # It may be broken; the next statement opens another.


def run_on_thread(name: str, job: Job) -> None:
    """Run the job and close the thread's database connection."""
    try:
        run(name, job)
    finally:
        connection.close()
