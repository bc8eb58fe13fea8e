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
class Chore:
    """Something to do every so many seconds, and when a relay starts."""

    work: Callable[[], object]
    seconds: float


CHORES: dict[str, Chore] = {}

Work = TypeVar("Work", bound=Callable[[], object])


def every(seconds: float, *, name: str) -> Callable[[Work], Work]:
    """Register a chore under its name. It has a thread of its own, and is left out while its last run goes on.

    So a chore that hangs (a file on a disk that does not answer) stops neither the relay nor another chore.
    """

    def register(work: Work) -> Work:
        CHORES[name] = Chore(work, seconds)
        return work

    return register


class Rota:
    """When one relay last did which chore."""

    def __init__(self) -> None:
        self.due: dict[str, float] = {}
        self.threads: dict[str, threading.Thread] = {}

    def do(self) -> None:
        """Do what is due. What fails is logged, and tried again when it is due again."""
        now = time.monotonic()
        for name, chore in CHORES.items():
            if self.due.get(name, now) <= now:
                self.due[name] = now + chore.seconds
                if settings.EVENTS_DISPATCH == "thread":
                    self.begin(name, chore)
                else:
                    attempt(name, chore)

    def begin(self, name: str, chore: Chore) -> None:
        """Have a thread do it, unless one is still at it."""
        if name not in self.threads or not self.threads[name].is_alive():
            self.threads[name] = threading.Thread(target=attempt_apart, args=(name, chore), name=name, daemon=True)
            self.threads[name].start()


def attempt(name: str, chore: Chore) -> None:
    """Do a chore, whatever comes of it."""
    try:
        chore.work()
    except Exception:
        log.exception("chore_failed", chore=name)
        connection.close()  # It may be broken; the next statement opens another.


def attempt_apart(name: str, chore: Chore) -> None:
    """The same, on a thread that ends with it."""
    try:
        attempt(name, chore)
    finally:
        connection.close()
