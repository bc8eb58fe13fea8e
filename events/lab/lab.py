"""The signal lab: breaks receivers, the channel layer and the worker on purpose, to show that nothing is lost.

It exists only where ``./dev up`` has opened it: in the embedded default with the open demo (docs/decisions/0019). It
attaches where receivers do not notice: to the attempts of receivers (:mod:`events.dispatch.attempts`), the
registry, and the channel layer's place in Channels. Only the demo tenant's events are touched.
"""

import enum
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from channels.layers import channel_layers
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from events.channel_layer.in_memory import Message, ThreadSafeInMemoryLayer
from events.dispatch import attempts
from events.models import Event
from events.receivers import RECEIVERS, Receiver
from tenants.values.identifiers import default_tenant_id

ATTEMPTS = 4
"""Attempts of a broken receiver's deliveries, which are then dead after seconds instead of minutes."""
EVERY = 3
MOST_SECONDS = 60
IN_MEMORY = "events.channel_layer.in_memory.ThreadSafeInMemoryLayer"


class InjectedFailure(RuntimeError):
    """The signal lab made this attempt fail."""


class FaultMode(enum.Enum):
    """Which attempts of a broken receiver fail."""

    ALWAYS = "always"
    EVERY_THIRD = "every third"
    NEXT = "next"


@dataclass(slots=True)
class Fault:
    """The fault of a receiver, and its attempts so far. ``left`` is the number of attempts that are still to fail."""

    mode: FaultMode
    left: int | None = None
    attempts: int = 0
    failed: int = 0

    def fails(self) -> bool:
        """Count this attempt and say whether it fails."""
        self.attempts += 1
        if self.mode is FaultMode.NEXT:
            fails = bool(self.left)
            self.left = max((self.left or 0) - 1, 0)
        else:
            fails = self.mode is FaultMode.ALWAYS or self.attempts % EVERY == 0
        self.failed += fails
        return fails

    @property
    def is_spent(self) -> bool:
        """Whether no further attempt will fail."""
        return self.mode is FaultMode.NEXT and not self.left


@dataclass(slots=True)
class Plug:
    """A part of the system that is out of service for a while. ``lost`` counts the messages it dropped."""

    available: bool = True
    lost: int = 0
    until: float = float("-inf")

    @property
    def seconds_left(self) -> float:
        """Seconds for which it is still out of service; 0 if it is in service."""
        return max(self.until - time.monotonic(), 0.0)

    @property
    def is_out(self) -> bool:
        """Whether it is out of service."""
        return self.seconds_left > 0

    def pull(self, seconds: float) -> None:
        """Take the plug's component out of service for some seconds."""
        self.until = time.monotonic() + seconds


class LossyLayer(ThreadSafeInMemoryLayer):
    """The embedded default's layer, which drops messages to groups while its plug is out."""

    def __init__(self, plug: Plug) -> None:
        super().__init__()
        self.plug = plug

    async def group_send(self, group: str, message: Message) -> None:
        """Send, or drop the message silently, as every layer may."""
        if self.plug.is_out:
            self.plug.lost += 1
            return
        await super().group_send(group, message)


@dataclass
class Lab:
    """The open lab. ``stop_worker`` and ``start_worker`` stop and start the embedded default's worker."""

    stop_worker: Callable[[], object]
    start_worker: Callable[[], object]
    tenant_id: UUID
    faults: dict[str, Fault] = field(default_factory=dict)
    unbroken: dict[str, Receiver] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    layer: Plug = field(default_factory=Plug)
    worker: Plug = field(default_factory=Plug)

    def break_receiver(self, receiver: Receiver, mode: FaultMode, count: int = 1) -> None:
        """Make the receiver's attempts fail from now on; with ``NEXT``, the next ``count`` attempts."""
        with self.lock:
            self.unbroken.setdefault(receiver.name, receiver)
            self.faults[receiver.name] = Fault(mode, count if mode is FaultMode.NEXT else None)
            RECEIVERS[receiver.name] = replace(self.unbroken[receiver.name], max_attempts=ATTEMPTS)

    def repair_receiver(self, name: str) -> None:
        """Repair the receiver. Dead deliveries stay dead until they are retried or replayed."""
        with self.lock:
            self._repair(name)

    def _repair(self, name: str) -> None:
        self.faults.pop(name, None)
        if unbroken := self.unbroken.pop(name, None):
            RECEIVERS[name] = unbroken

    def before_attempt(self, name: str, events: Sequence[Event]) -> None:
        """Fail the attempt if the receiver is broken.

        A batch always fails and is not counted, because each of its events is then attempted alone.

        Raises:
            InjectedFailure: the attempt is to fail.
        """
        if name not in self.faults or events[0].tenant_id != self.tenant_id:
            return
        with self.lock:
            fault = self.faults.get(name)
            fails = fault is not None and (len(events) > 1 or fault.fails())
            if fault and fault.is_spent:
                self._repair(name)
        if fails:
            raise InjectedFailure(InjectedFailure.__doc__)

    def drop_messages(self, seconds: float) -> None:
        """Drop messages over the channel layer for some seconds."""
        self.layer.pull(seconds)

    def pause_worker(self, seconds: float) -> None:
        """Stop the worker for some seconds; it finishes its current task."""
        self.worker.pull(seconds)
        self.stop_worker()
        timer = threading.Timer(seconds + 0.01, self._resume_worker)
        timer.daemon = True
        timer.start()

    def _resume_worker(self) -> None:
        if not self.worker.is_out:  # The worker may have been stopped again meanwhile.
            self.start_worker()

    def close(self) -> None:
        """Repair everything."""
        attempts.listeners.remove(self.before_attempt)
        for name in list(self.faults):
            self.repair_receiver(name)


_open: list[Lab] = []


def is_allowed() -> bool:
    """Whether the lab may be opened: only in the embedded default with the open demo."""
    return bool(settings.EMBEDDED and settings.ORDERS_DEMO and settings.DEFAULT_TENANT)


def open_lab(*, stop_worker: Callable[[], object], start_worker: Callable[[], object]) -> Lab:
    """Open the lab, before anything uses the channel layer.

    Raises:
        ImproperlyConfigured: this is not the embedded default with the open demo.
    """
    if not is_allowed():
        raise ImproperlyConfigured(
            "The signal lab is available only in the embedded default, which other machines cannot call."
        )
    lab = Lab(stop_worker, start_worker, tenant_id=default_tenant_id(settings.DEFAULT_TENANT))
    configured: dict[str, Any] = settings.CHANNEL_LAYERS["default"]
    lab.layer.available = configured["BACKEND"] == IN_MEMORY
    if lab.layer.available:
        channel_layers.set("default", LossyLayer(lab.layer))
    attempts.listeners.append(lab.before_attempt)
    _open[:] = [lab]
    return lab


def the_lab() -> Lab | None:
    """The open lab; None if there is none."""
    return _open[0] if _open and is_allowed() else None


def close_lab() -> None:
    """Close the lab, if it is open."""
    while _open:
        _open.pop().close()
