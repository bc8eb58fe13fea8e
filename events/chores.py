"""What every relay does now and then, beside its turns: small, harmless when several relays do it, never in the way."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog
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
    """Register a chore under its name. It should take milliseconds: the relay waits for it."""

    def register(work: Work) -> Work:
        CHORES[name] = Chore(work, seconds)
        return work

    return register


class Rota:
    """When one relay last did which chore."""

    def __init__(self) -> None:
        self.due: dict[str, float] = {}

    def do(self) -> None:
        """Do what is due. What fails is logged, and tried again when it is due again."""
        now = time.monotonic()
        for name, chore in CHORES.items():
            if self.due.get(name, now) <= now:
                self.due[name] = now + chore.seconds
                try:
                    chore.work()
                except Exception:
                    log.exception("chore_failed", chore=name)
                    connection.close()  # It may be broken; the next statement opens another.
