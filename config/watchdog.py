"""Notices, from a thread, that the event loop has stalled: logs where, fails liveness, and in the end ends the process.

A stalled loop answers nothing, and cannot report itself. If a C function keeps Python's lock, this thread does not run
either; then the port of :mod:`events.metrics.http_server` does not answer, which an orchestrator notices.
"""

import asyncio
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any

import structlog
from django.conf import settings
from prometheus_client import Counter, Gauge

from events.metrics import http_server
from graphql_server.asgi_types import App

log = structlog.get_logger(__name__)

STALLS = Counter("web_loop_stalls", "How often an event loop did not turn for LOOP_STALLED_SECONDS.")
LAG_SECONDS = Gauge("web_loop_lag_seconds", "How late the event loop is, or was last.", multiprocess_mode="livemax")
TASKS = Gauge("web_loop_tasks", "The tasks of the event loop.", multiprocess_mode="livesum")
LONGEST_BEAT_SECONDS = 0.5
COUNT_EVERY = 10
"""In how many heartbeats the tasks are counted once: to count thousands takes a millisecond."""
LOG_SECONDS = 1.0
"""Seconds to wait for a log line: the stalled thread may hold the log's lock."""


class Watchdog:
    """Watches an event loop by a heartbeat that the loop sets and a thread reads.

    The loop is stalled after ``stalled_seconds`` without a heartbeat (0: it is not watched). After ``end_seconds`` more
    the process ends with status 70 (0: never). A stalled process that gets SIGTERM or SIGINT ends immediately, with
    status 128 + the signal's number. Time in which the whole process was frozen does not count: the thread counts its
    steps.
    """

    def __init__(self, *, stalled_seconds: float, end_seconds: float, end: Callable[[int], object] = os._exit) -> None:
        self.stalled_seconds = stalled_seconds
        self.end_seconds = end_seconds
        self.end = end
        self.beat_seconds = min(stalled_seconds / 10, LONGEST_BEAT_SECONDS)
        self.tell: Callable[[str], object] = lambda _: None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.thread_id = 0
        self.beats = 0
        self.late_seconds = 0.0
        self.silent_seconds = 0.0
        self.is_stalled = False
        self.signal = 0

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Watch this loop, on whose thread we are, instead of an earlier one. A repeat does nothing."""
        if loop is self.loop:
            return
        self.loop, self.thread_id = loop, threading.get_ident()
        self.silent_seconds, self.is_stalled = 0.0, False
        if not self.stalled_seconds:
            return
        if threading.current_thread() is threading.main_thread():
            self.record_signals()
        self.beat(loop, loop.time())
        threading.Thread(target=self.run, args=(loop,), name="watchdog", daemon=True).start()

    def beat(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        """Show that the loop turns, and do so again soon; ``due`` is the loop's time at which this was to be called."""
        if loop is not self.loop:
            return
        now = loop.time()
        self.beats += 1
        self.late_seconds = max(now - due, 0.0)
        if self.beats % COUNT_EVERY == 1:
            TASKS.set(len(asyncio.all_tasks(loop)))
        again = now + self.beat_seconds
        loop.call_at(again, self.beat, loop, again)

    def run(self, loop: asyncio.AbstractEventLoop) -> None:
        """Check the heartbeats until the loop is closed or another loop is watched."""
        seen, step = -1, threading.Event()
        while loop is self.loop and not loop.is_closed():
            step.wait(self.beat_seconds)
            if seen != self.beats or not loop.is_running():
                seen = self.beats
                self.turns()
            else:
                self.silent_seconds += self.beat_seconds
                self.is_silent()
            LAG_SECONDS.set(max(self.late_seconds, self.silent_seconds))

    def turns(self) -> None:
        """The loop has set a heartbeat, or it is not running."""
        if self.is_stalled:
            write("web_loop_turns_again", seconds=round(self.silent_seconds, 1))
        self.silent_seconds, self.is_stalled = 0.0, False

    def is_silent(self) -> None:
        """The loop has not set a heartbeat for ``silent_seconds``."""
        if self.silent_seconds < self.stalled_seconds:
            return
        if not self.is_stalled:
            self.is_stalled = True
            STALLS.inc()
            write("web_loop_stalled", seconds=self.stalled_seconds, stack=self.stack())
        if self.signal:
            self.leave(128 + self.signal, f"Asked to end, but {self.reason()}. Ending without waiting for requests.")
        elif self.end_seconds and self.silent_seconds >= self.stalled_seconds + self.end_seconds:
            self.leave(os.EX_SOFTWARE, f"Ending, because {self.reason()}. The log says where it is; start it again.")

    def leave(self, status: int, why: str) -> None:
        """End the process, whatever hangs."""
        LAG_SECONDS.set(0)  # Merged metrics keep the last value of a process that has ended.
        write("web_loop_dead", status=status, reason=self.reason())
        self.tell(why)
        self.end(status)

    def reason(self) -> str:
        """Why this process is not alive; empty while it is."""
        return f"the event loop has not turned for {self.silent_seconds:.0f} s" if self.is_stalled else ""

    def stack(self) -> str:
        """The position of the loop's thread: files, lines and functions, without any value."""
        frame = sys._current_frames().get(self.thread_id)
        return "".join(traceback.format_stack(frame)) if frame else ""

    def record_signals(self) -> None:
        """Record the signal to end; the server's own handler leaves that to the loop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            handler = signal.getsignal(number)
            if callable(handler) and not isinstance(handler, _RecordingHandler):
                signal.signal(number, _RecordingHandler(self, handler))

    def around(self, app: App) -> App:
        """The application, whose event loop is watched from its first call on; its health is served from then on.

        uvicorn makes that call when it starts (lifespan), Daphne with the first request.
        """
        http_server.checks.append(self.reason)

        async def watched(scope: Any, receive: Any, send: Any) -> None:
            loop = asyncio.get_running_loop()
            if loop is not self.loop:
                self.begin(loop)
            await app(scope, receive, send)

        return watched

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Watch this loop and serve the health of the process."""
        self.watch(loop)
        try:
            http_server.serve()
        except OSError as error:  # Of several processes of this host or pod, one has the port.
            log.warning("metrics_port_taken", port=settings.METRICS_PORT, error=error.strerror)


class _RecordingHandler:
    """A signal's handler, after the signal was noted."""

    def __init__(self, watchdog: Watchdog, handler: Callable[[int, FrameType | None], object]) -> None:
        self.watchdog = watchdog
        self.handler = handler

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.watchdog.signal = number
        self.handler(number, frame)


def write(event: str, **fields: Any) -> None:
    """Log an error, but do not wait long for the log."""
    writer = threading.Thread(target=log.error, args=(event,), kwargs=fields, name="watchdog-log", daemon=True)
    writer.start()
    writer.join(LOG_SECONDS)


watchdog = Watchdog(stalled_seconds=settings.LOOP_STALLED_SECONDS, end_seconds=settings.LOOP_END_SECONDS)
"""The process's own."""
