"""Requests, and the faults that are made for real while they run."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from django.db import transaction

from learn.models import Order
from learn.world import here, note


@dataclass(frozen=True)
class Fault:
    """A fault, what happens in it, and the function that makes it. The function gets the design's module."""

    name: str
    says: str
    make: Callable[[ModuleType], None]
    timed: bool = False
    """Whether it is about the time of the answers."""


class RolledBack(Exception):
    """Something later in the request fails, so that its transaction is rolled back."""


def plain_order(total: int = 100) -> Order:
    """The handbook's way to create an order."""
    return Order.objects.create(total=total, status="NEW")


def place_order(design: ModuleType) -> Any:
    """Place an order in the design's way; without one, in the handbook's."""
    return getattr(design, "place_order", plain_order)()


def request(work: Callable[[], Any], *, atomic: bool = True) -> Any:
    """Answer a client's request in one transaction, as ``ATOMIC_REQUESTS = True`` does, and note the answer."""
    began = time.monotonic()
    try:
        if atomic:
            with transaction.atomic():
                result = work()
        else:
            result = work()
    except RolledBack:
        result = None
    except Exception as error:  # as a web server does: the client gets an error
        note(f"the client gets an error: {type(error).__name__}")
        here.write("answers", {"refused": True, "seconds": time.monotonic() - began})
        return None
    here.write("answers", {"refused": False, "seconds": time.monotonic() - began})
    return result


def rollback(design: ModuleType) -> None:
    """One order is placed. A second one is saved, and then its transaction is rolled back."""

    def fails_later() -> None:
        place_order(design)
        raise RolledBack

    request(lambda: place_order(design))
    request(fails_later)


def mail_server_down(design: ModuleType) -> None:
    """The mail server is down while one order is placed, and is up again later."""
    here.mail_is_down = True
    request(lambda: place_order(design))


def slow_mail_server(design: ModuleType) -> None:
    """The mail server takes 0.3 seconds for a mail."""
    here.mail_seconds = 0.3
    request(lambda: place_order(design))


def kill() -> None:
    """Kill this process, as ``kill -9`` does. No ``finally`` and no ``atexit`` runs."""
    note("kill -9")
    os.kill(os.getpid(), signal.SIGKILL)


def kill_after_commit(design: ModuleType) -> None:
    """The process is killed between COMMIT and the callbacks: ours is the first of them."""

    def place() -> None:
        transaction.on_commit(kill)
        place_order(design)

    request(place)


ROLLBACK = Fault("rollback", "The second of two orders is rolled back after it was saved.", rollback)
MAIL_DOWN = Fault("mail down", "The mail server is down; later it works again.", mail_server_down)
SLOW_MAIL = Fault("slow mail", "The mail server takes 0.3 seconds for a mail.", slow_mail_server, timed=True)
KILL = Fault("kill", "kill -9 between COMMIT and the first callback.", kill_after_commit)
