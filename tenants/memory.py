"""Memory of processes that run for days, such as web servers, workers and relays: what is freed, and what goes back."""

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
"""All threads wait for a clearing. The next one comes no sooner than so many times as long as it took."""


def set_for_a_server() -> None:
    """To be called once all is imported and before it is forked: what there is now is never looked at again.

    Reference counts free nearly all that a request makes; Python's own thresholds look through it every few requests,
    a quarter of what a small one costs. With ``GC_THRESHOLD`` they look far less often, for some MiB of
    garbage; empty leaves all as Python has it.
    """
    if settings.GC_THRESHOLD:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*settings.GC_THRESHOLD)
        let_go.is_on = True


def map_large_blocks() -> None:
    """Have glibc map blocks of a MiB or more by themselves. Else, once one is freed, each thread keeps its next."""
    call_glibc("mallopt", M_MMAP_THRESHOLD, LARGE_BYTES)


def give_back() -> None:
    """Free young garbage, and give the free memory that glibc holds back to the system."""
    gc.collect(1)
    call_glibc("malloc_trim", 0)


def call_glibc(name: str, *arguments: Any) -> None:
    """Call a function of glibc's; another C library, which has none, needs none."""
    with suppress(OSError, AttributeError):
        getattr(ctypes.CDLL(None), name)(*arguments)


class LetGo:
    """Counts the bytes that this process lets go of, and calls ``clear`` after much. Safe for threads.

    ``clear`` runs on a thread of its own ``seconds`` after ``most_bytes`` were let go of, so that what goes at the same
    time, such as all subscriptions of a socket, is cleared at once; later if the last clearing took long, so that a
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


let_go = LetGo(MUCH_BYTES, AFTER_SECONDS, give_back)
