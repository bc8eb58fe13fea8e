"""Pings peers at intervals and notices when one has fallen silent: one timer for all sockets of an event loop."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Final
from weakref import WeakKeyDictionary

from graphql_server.limits import SocketLimits

EARLY_SECONDS: Final = 0.002  # How much too early a loop's timer may be.


class Heartbeat:
    """Calls ``ping`` every ``ping_seconds``, and ``fall_silent`` once nothing was heard for ``silence_seconds``."""

    __slots__ = ("_fall_silent", "_heard", "_is_running", "_ping", "_schedule", "_timer")

    def __init__(self, ping: Callable[[], None], fall_silent: Callable[[], None], limits: SocketLimits) -> None:
        self._ping = ping
        self._fall_silent = fall_silent
        self._schedule = schedule_of(limits)
        self._heard = monotonic()
        self._is_running = False
        self._timer: asyncio.TimerHandle | None = None

    def heard(self) -> None:
        """The peer has said something, whatever it was."""
        self._heard = monotonic()

    def start(self) -> None:
        self._is_running = True
        self._schedule.add(self)

    def stop(self) -> None:
        """End it; nothing of the socket is held any longer."""
        self._is_running = False
        self._ping = self._fall_silent = _nothing
        if self._timer is not None:
            self._timer.cancel()

    def ping(self, now: float) -> bool:
        """Ping; whether to come again. One that would fall silent before that is looked at just then."""
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
        """Go on with one that has said something meanwhile."""
        self._timer = None
        if self._is_running and self.ping(monotonic()):
            self._schedule.add(self)


def _nothing() -> None:
    """Said to nobody."""


class PingSchedule:
    """The beating hearts of an event loop that beat alike, so that the next to ping is always the first."""

    def __init__(self, limits: SocketLimits) -> None:
        self.ping_seconds = limits.ping_seconds
        self.silence_seconds = limits.silence_seconds
        self._due: deque[tuple[float, Heartbeat]] = deque()
        self._is_scheduled = False

    def add(self, heartbeat: Heartbeat) -> None:
        """Let it beat in ``ping_seconds``, and so on."""
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
    """The wheel of this event loop for sockets of these limits."""
    schedules = _schedules.setdefault(asyncio.get_running_loop(), {})
    key = (limits.ping_seconds, limits.silence_seconds)
    if key not in schedules:
        schedules[key] = PingSchedule(limits)
    return schedules[key]
