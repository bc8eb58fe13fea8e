"""Pings peers at intervals and notices silent ones. All sockets of an event loop with equal limits share one timer."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Final
from weakref import WeakKeyDictionary

from graphql_server.limits import SocketLimits

EARLY_SECONDS: Final = 0.002  # A timer of the event loop may be early by this much.


class Heartbeat:
    """Calls ``ping`` every ``ping_seconds``, and ``fall_silent`` after ``silence_seconds`` without a message."""

    __slots__ = ("_fall_silent", "_heard", "_is_running", "_ping", "_schedule", "_timer")

    def __init__(self, ping: Callable[[], None], fall_silent: Callable[[], None], limits: SocketLimits) -> None:
        self._ping = ping
        self._fall_silent = fall_silent
        self._schedule = schedule_of(limits)
        self._heard = monotonic()
        self._is_running = False
        self._timer: asyncio.TimerHandle | None = None

    def heard(self) -> None:
        """The peer has sent a message."""
        self._heard = monotonic()

    def start(self) -> None:
        self._is_running = True
        self._schedule.add(self)

    def stop(self) -> None:
        """Stop, and drop all references to the socket."""
        self._is_running = False
        self._ping = self._fall_silent = _nothing
        if self._timer is not None:
            self._timer.cancel()

    def ping(self, now: float) -> bool:
        """Send a ping; whether the next ping is due as scheduled. Silence before that is checked by a timer."""
        if not self._is_running:
            return False
        left = self._heard + self._schedule.silence_seconds - now
        if left <= EARLY_SECONDS:
            self._fall_silent()
            return False
        self._ping()
        if left < self._schedule.ping_seconds:
            self._timer = asyncio.get_running_loop().call_later(left, self._check_again)
            return False
        return True

    def _check_again(self) -> None:
        """Go on if the peer has sent a message in the meantime."""
        self._timer = None
        if self._is_running and self.ping(monotonic()):
            self._schedule.add(self)


def _nothing() -> None:
    """Replaces the callbacks after the end."""


class PingSchedule:
    """The heartbeats of an event loop with equal limits, in the order in which their pings are due."""

    def __init__(self, limits: SocketLimits) -> None:
        self.ping_seconds = limits.ping_seconds
        self.silence_seconds = limits.silence_seconds
        self._due: deque[tuple[float, Heartbeat]] = deque()
        self._is_scheduled = False

    def add(self, heartbeat: Heartbeat) -> None:
        """Ping after ``ping_seconds``, again and again."""
        self._due.append((monotonic() + self.ping_seconds, heartbeat))
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_later(self.ping_seconds, self._ping_due)

    def _ping_due(self) -> None:
        now = monotonic() + EARLY_SECONDS
        while self._due and self._due[0][0] <= now:
            _, heartbeat = self._due.popleft()
            if heartbeat.ping(now):
                self._due.append((now + self.ping_seconds, heartbeat))
        self._is_scheduled = bool(self._due)
        if self._due:
            asyncio.get_running_loop().call_later(self._due[0][0] - now, self._ping_due)


_schedules: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[float, float], PingSchedule]] = WeakKeyDictionary()


def schedule_of(limits: SocketLimits) -> PingSchedule:
    """The schedule of this event loop for sockets of these limits."""
    schedules = _schedules.setdefault(asyncio.get_running_loop(), {})
    key = (limits.ping_seconds, limits.silence_seconds)
    if key not in schedules:
        schedules[key] = PingSchedule(limits)
    return schedules[key]
