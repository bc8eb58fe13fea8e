"""Pings a peer at intervals and notices when it has fallen silent. One timer, no task."""

import asyncio
from collections.abc import Callable

from graphql_api.transport_ws.limits import Limits


class Heartbeat:
    """Calls ``ping`` every ``ping_seconds``, and ``fall_silent`` once nothing was heard for ``silence_seconds``."""

    __slots__ = ("_fall_silent", "_heard", "_limits", "_loop", "_ping", "_timer")

    def __init__(self, ping: Callable[[], None], fall_silent: Callable[[], None], limits: Limits) -> None:
        self._ping = ping
        self._fall_silent = fall_silent
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def heard(self) -> None:
        """The peer has said something, whatever it was."""
        self._heard = self._loop.time()

    def start(self) -> None:
        self._timer = self._loop.call_later(self._limits.ping_seconds, self._tick)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        left = self._heard + self._limits.silence_seconds - self._loop.time()
        if left <= 0:
            self._fall_silent()
            return
        self._ping()
        self._timer = self._loop.call_later(min(left, self._limits.ping_seconds), self._tick)
