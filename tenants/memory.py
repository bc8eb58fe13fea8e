"""Memory of long-running processes, such as web servers and workers: what is freed, and what is returned."""

import ctypes
import gc
from collections.abc import Callable
from contextlib import suppress
from threading import RLock, Timer
from time import monotonic
from typing import Any, Final

from django.conf import settings

M_MMAP_THRESHOLD: Final = -3
LARGE_BYTES: Final = 1024 * 1024
MUCH_BYTES: Final = 8 * 1024 * 1024
AFTER_SECONDS: Final = 1.0
REST: Final = 20
"""All threads stop for a clearing. The next one comes no sooner than this multiple of its duration."""


def set_for_a_server() -> None:
    """Call this once all is imported and before a fork: the garbage collector never looks at existing objects again.

    Reference counts free nearly all objects of a request; Python's own thresholds examine them every few requests,
    which is a quarter of the cost of a small one. With ``GC_THRESHOLD`` that happens far less often, for some MiB of
    garbage; empty keeps Python's thresholds.
    """
    if settings.GC_THRESHOLD:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*settings.GC_THRESHOLD)
        freed_memory.is_on = True


def map_large_blocks() -> None:
    """Have glibc map blocks of a MiB or more separately.

    Otherwise, after the first is freed, each thread keeps its next.
    """
    call_glibc("mallopt", M_MMAP_THRESHOLD, LARGE_BYTES)


def give_back() -> None:
    """Free young garbage, and give the free memory that glibc holds back to the system."""
    gc.collect(1)
    call_glibc("malloc_trim", 0)


def call_glibc(name: str, *arguments: Any) -> None:
    """Call a function of glibc's; other C libraries do not have it or need it."""
    with suppress(OSError, AttributeError):
        getattr(ctypes.CDLL(None), name)(*arguments)


class FreedMemory:
    """Counts the bytes that this process frees, and calls ``clear`` after many. Safe for threads.

    ``clear`` runs on its own thread ``seconds`` after ``most_bytes`` were freed, so that one clearing serves all memory
    freed at that time, such as all subscriptions of a socket. It runs later if the last clearing took long, so that a
    process spends no more than 5 % of its time on it.
    """

    def __init__(self, most_bytes: int, seconds: float, clear: Callable[[], None]) -> None:
        self.most_bytes = most_bytes
        self.seconds = seconds
        self.clear = clear
        self.is_on = False
        """Only in servers."""
        self._bytes = 0
        self._took = 0.0
        self._lock = RLock()

    def note(self, size: int) -> None:
        """Count ``size`` bytes: 0.1 µs."""
        if not self.is_on:
            return
        with self._lock:
            self._bytes += size
            is_due = self._bytes - size < self.most_bytes <= self._bytes
        if is_due:
            timer = Timer(max(self.seconds, REST * self._took), self._clear)
            timer.daemon = True
            try:
                timer.start()
            except RuntimeError:  # There is no room for another thread, or the process ends.
                self._bytes = 0

    def _clear(self) -> None:
        with self._lock:
            self._bytes = 0
        began = monotonic()
        self.clear()
        self._took = monotonic() - began


freed_memory = FreedMemory(MUCH_BYTES, AFTER_SECONDS, give_back)
