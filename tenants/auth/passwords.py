"""Hashes passwords: slowly on purpose, so few at a time, and without a database connection.

Everything that verifies or sets a password uses these hashers: the login page, the admin's forms, the shell.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher
from django.db import connections

from tenants.memory import map_large_blocks

T = TypeVar("T")
BUSY_SECONDS: Final = 5


class Busy(Exception):
    """Too many passwords are being checked: come back after ``retry_after`` seconds."""

    text: Final = "Too many people are signing in. Try again in %(retry_after)s s."
    retry_after = BUSY_SECONDS

    def __init__(self) -> None:
        super().__init__(self.text % {"retry_after": self.retry_after})


@dataclass
class Gate:
    """Has ``at_once`` hashes made at a time; ``waiting`` more may wait, each ``seconds`` at the most. Safe for threads.

    A hash takes a core for a tenth of a second. It is made on threads of the gate's own, and its 19 MiB go back to the
    system with it.
    """

    at_once: int = 2
    waiting: int = 20
    seconds: float = BUSY_SECONDS
    places: threading.Semaphore = field(init=False)
    threads: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        map_large_blocks()
        self.places = threading.Semaphore(self.at_once + self.waiting)
        self.threads = ThreadPoolExecutor(self.at_once, "passwords")

    def passed(self, made: Callable[[], T]) -> T:
        """The result of ``make``, computed when it is its turn; the calling thread waits without a database connection.

        Raises:
            Busy: too many wait already, or the waiting time is over.
        """
        if not self.places.acquire(blocking=False):
            raise Busy
        try:
            return_connections()
            making = self.threads.submit(made)
            try:
                return making.result(self.seconds)
            except TimeoutError:
                making.cancel()
                raise Busy from None
        finally:
            self.places.release()


gate = Gate()


def return_connections() -> None:
    """Give this thread's database connections back to their pool; the next query takes one again."""
    for one in connections.all(initialized_only=True):
        if not one.in_atomic_block:
            one.close()


class Argon2(Argon2PasswordHasher):
    """Argon2id with OWASP's parameters. A hash with other parameters is replaced when its owner next signs in."""

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """Hash."""
        return gate.passed(partial(super().encode, password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        """Hash and compare."""
        return gate.passed(partial(super().verify, password, encoded))


class PBKDF2(PBKDF2PasswordHasher):
    """For hashes that were brought along from elsewhere. Django verifies these by encoding."""

    def encode(self, password: str, salt: str, iterations: Any = None) -> str:
        """Hash."""
        return gate.passed(partial(super().encode, password, salt, iterations))
