"""Data that this process keeps for callers. Each kind has a limit in bytes, and its size is measured.

Everything that a caller can make the server keep belongs to a :class:`Budget`, so ``graphql_kept_bytes{what=…}`` shows
all of it. A cache is a :class:`BoundedCache`, which drops the least recently used values.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Final, Generic, TypeVar

from prometheus_client import Gauge

KEPT_BYTES = Gauge(
    "graphql_kept_bytes",
    "Estimated bytes that a process keeps because of what callers asked, by what it is; merged processes are summed.",
    ["what"],
    multiprocess_mode="livesum",
)
ENTRY_BYTES: Final = 400
"""Bytes that an entry takes in addition to its value: for its key and its administration."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class FreedBytes:
    """Reports how many bytes the process has freed, for an application that returns memory to the system."""

    def __init__(self) -> None:
        self.listener: Callable[[int], None] | None = None
        """Called, from any thread, with a number of freed bytes."""

    def report(self, size: int) -> None:
        """Report ``size`` freed bytes."""
        if self.listener is not None:
            self.listener(size)


freed_bytes = FreedBytes()


class Budget:
    """The bytes that the values of one kind take in this process, and the most that they may take. Safe for threads.

    It counts and refuses nothing: the owner of the values checks ``fits``. Sizes are estimates.
    """

    def __init__(self, what: str, most_bytes: int) -> None:
        """``what`` is the metric's label, from a fixed list of names in the code."""
        self.what = what
        self.most_bytes = most_bytes
        self.used_bytes = 0
        self._lock = RLock()
        self._gauge = KEPT_BYTES.labels(what)

    def add(self, size: int) -> None:
        """Count ``size`` bytes more, or fewer if it is negative."""
        with self._lock:
            self.used_bytes += size
            self._gauge.set(self.used_bytes)
        if size < 0:
            freed_bytes.report(-size)

    def fits(self, size: int) -> bool:
        """Whether ``size`` bytes more are within the budget."""
        return self.used_bytes + size <= self.most_bytes


class BoundedCache(Generic[K, V]):
    """A cache within a budget: it drops the least recently used values. Safe for threads.

    A value larger than the whole budget is not kept. Keys must be small: their bytes are not counted.
    """

    def __init__(self, what: str, most_bytes: int, gone: Callable[[K], None] | None = None) -> None:
        """``gone`` is called with the key of each value that is dropped for lack of room."""
        self.budget = Budget(what, most_bytes)
        self._gone = gone
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = RLock()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def get(self, key: K) -> V | None:
        """Return the value and mark it as used now; None if the key is not kept."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            self._entries.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep a value of about ``size`` bytes in place of an earlier value of the key.

        Drop old values for which there is no room.
        """
        size += ENTRY_BYTES
        with self._lock:
            entries, budget = self._entries, self.budget
            earlier = entries.pop(key, None)
            more = -earlier[1] if earlier else 0
            if size <= budget.most_bytes:
                entries[key] = value, size
                more += size
                while not budget.fits(more):
                    oldest, (_, taken) = entries.popitem(last=False)
                    more -= taken
                    if self._gone:
                        self._gone(oldest)
            budget.add(more)

    def pop(self, key: K) -> V | None:
        """Drop a value and return it; None if it is not kept."""
        with self._lock:
            found = self._entries.pop(key, None)
            if found is None:
                return None
            self.budget.add(-found[1])
            return found[0]

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            for key in tuple(self._entries):
                self.pop(key)
