"""Watches the read replica from this process: whether it answers, and how far it is behind the primary."""

import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any, Final

import psycopg
import structlog
from django.db import connections

from tenants.db.backend.base import POSITION
from tenants.db.replica import metrics
from tenants.db.replica.positions import Positions

log = structlog.get_logger(__name__)

REPLICA: Final = "replica"
"""The name of the replica in ``DATABASES``."""
LOOK_SECONDS: Final = 0.5
SILENT_SECONDS: Final = 2.0
"""A replica that has not answered for so long is left out."""
REPLAYED: Final = (
    "SELECT CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint ELSE -1 END"
)


class Behind:
    """The seconds that a replica is behind: the age of the first position that it has not replayed."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.written: deque[tuple[float, int]] = deque()

    def seconds(self, written: int, replayed: int) -> float:
        """The lag, given what the primary has written and then what the replica has replayed."""
        if not self.written or written > self.written[-1][1]:
            self.written.append((self.now(), written))
        while self.written and self.written[0][1] <= replayed:
            self.written.popleft()
        return self.now() - self.written[0][0] if self.written else 0.0


class Monitor:
    """The state of the replica. Its thread begins with the first read.

    Args:
        most_seconds: a replica that is further behind is left out.
    """

    def __init__(self, positions: Positions, most_seconds: float) -> None:
        self.positions = positions
        self.most_seconds = most_seconds
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self.looked = threading.Event()
        self.behind = Behind()
        self.replayed = 0
        self.problem = "it has not been asked yet"
        self.in_use: set[Any] = set()
        """Connections whose read is running."""
        self._link: psycopg.Connection[Any] | None = None

    def start(self) -> None:
        """Begin to watch, unless this process does already."""
        with self.lock:
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self.run, name="replica", daemon=True)
                self.thread.start()

    def why_not(self) -> str:
        """Why the replica is left out; nothing if it is used."""
        return self.problem

    def run(self) -> None:
        """Check the replica, forever. A check that hangs is ended as reads are: by cutting its connection."""
        with ThreadPoolExecutor(1, thread_name_prefix="replica-look") as looking:
            while True:
                look = looking.submit(self.look)
                while not wait([look], timeout=SILENT_SECONDS).done:
                    self.leave_out(f"it has not answered for {SILENT_SECONDS:g} s")
                    cut(self._link)
                self.looked.set()
                time.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Ask primary and replica once."""
        try:
            written = self.primary_position()
        except Exception:  # without the primary there is nothing to compare with
            return
        self.positions.begin(written)
        try:
            replayed = self.replica_position()
        except (psycopg.Error, OSError) as error:
            self._close_link()
            self.leave_out(f"it does not answer ({type(error).__name__})")
            return
        if replayed < 0:
            self.leave_out("the server is not a replica: it is not in recovery")
            return
        self.replayed = replayed
        seconds = self.behind.seconds(written, replayed)
        metrics.LAG_SECONDS.set(seconds)
        if seconds > self.most_seconds:
            self.leave_out(f"it is {seconds:.1f} s behind")
        else:
            self.take_in()

    def primary_position(self) -> int:
        """The position up to which the primary has written its log."""
        primary = connections["default"]
        try:
            with primary.cursor() as cursor:
                cursor.execute(POSITION)
                return int(cursor.fetchone()[0])
        finally:
            primary.close()

    def replica_position(self) -> int:
        """The position that the replica has replayed; -1 if it is no replica. This connection waits for no pool."""
        if self._link is None:
            given = connections[REPLICA].get_connection_params()
            plain = {name: value for name, value in given.items() if name not in {"cursor_factory", "context"}}
            self._link = psycopg.connect(**{**plain, "connect_timeout": 2, "autocommit": True})
        row = self._link.execute(REPLAYED).fetchone()
        return int(row[0]) if row else -1

    def take_in(self) -> None:
        """Use the replica."""
        if self.problem:
            self.problem = ""
            metrics.IN_USE.set(1)
            log.info("replica_in_use")

    def leave_out(self, problem: str) -> None:
        """Use it no more; reads that wait for it fail, and are repeated on the primary."""
        with self.lock:
            was_used, self.problem = not self.problem, problem
        if not was_used:
            return
        for link in list(self.in_use):
            cut(link)
        metrics.IN_USE.set(0)
        log.warning("replica_left_out", problem=problem)
        # The next pool connects at once, without the pauses of one that has failed.
        connections[REPLICA].close_pool()  # type: ignore[attr-defined]  # PostgreSQL has one

    def _close_link(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()


def cut(link: Any) -> None:
    """End a connection under the thread that waits for its answer."""
    if link is None:
        return
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(link.fileno())) as copy:
        copy.shutdown(socket.SHUT_RDWR)
