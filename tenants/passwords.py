"""How passwords are hashed: slowly on purpose, so few at a time, and with no database connection in hand.

Whatever verifies or makes a password passes through these hashers: the login page, the admin's forms, the shell.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher
from django.db import connections

BUSY_SECONDS: Final = 5


class Busy(Exception):
    """Too many passwords are being checked: come back after ``retry_after`` seconds."""

    retry_after = BUSY_SECONDS

    def __init__(self) -> None:
        super().__init__(f"Too many people are signing in. Try again in {self.retry_after} s.")


@dataclass
class Gate:
    """Lets ``at_once`` in at a time, and ``waiting`` more wait for ``seconds`` at the most. Safe for threads.

    A hash takes a core for a tenth of a second and 19 MiB. The others of this process go on beside two of them.
    """

    at_once: int = 2
    waiting: int = 20
    seconds: float = BUSY_SECONDS
    inside: threading.Semaphore = field(init=False)
    places: threading.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.inside = threading.Semaphore(self.at_once)
        self.places = threading.Semaphore(self.at_once + self.waiting)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be inside.

        Raises:
            Busy: too many wait already, or the time was over.
        """
        if not self.places.acquire(blocking=False):
            raise Busy
        try:
            let_go_of_connections()
            if not self.inside.acquire(timeout=self.seconds):
                raise Busy
            try:
                yield
            finally:
                self.inside.release()
        finally:
            self.places.release()


gate = Gate()


def let_go_of_connections() -> None:
    """Give this thread's database connections back to their pool; the next query takes one again."""
    for one in connections.all(initialized_only=True):
        if not one.in_atomic_block:
            one.close()


class Argon2(Argon2PasswordHasher):
    """Argon2id with OWASP's parameters. A hash of others is made anew when its owner next signs in."""

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """Hash."""
        with gate.entered():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Hash and compare."""
        with gate.entered():
            return super().verify(password, encoded)


class PBKDF2(PBKDF2PasswordHasher):
    """For hashes that were brought along from elsewhere. Django verifies these by encoding."""

    def encode(self, password: str, salt: str, iterations: Any = None) -> str:
        """Hash."""
        with gate.entered():
            return super().encode(password, salt, iterations)
