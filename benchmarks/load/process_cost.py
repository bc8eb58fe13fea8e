"""CPU time and memory of a process and its descendants, from Linux."""

import asyncio
import math
import os
import time
from collections.abc import Sequence
from pathlib import Path

from tests.servers.process_tree import processes_of

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") / 1024
REST_SECONDS = 0.25
REST_MS = 15
CPUCLOCK_SCHED = 2
LONGEST_SETTLING_SECONDS = 180


def cpu_ms(pid: int) -> float:
    """Milliseconds of CPU, user's and system's, that the process tree has used, by its scheduler's clocks.

    Those of children that have ended count, to 10 ms, with the parent that waited for them.
    """
    return sum(own_cpu_ms(process.pid) + ended_children_cpu_ms(process.pid) for process in processes_of(pid))


def own_cpu_ms(pid: int) -> float:
    """What all threads of a process have used, those that have ended too: clock_getcpuclockid(3), done by hand."""
    return time.clock_gettime_ns(~pid << 3 | CPUCLOCK_SCHED) / 1e6


def ended_children_cpu_ms(pid: int) -> float:
    """What the process's children used that have ended and were waited for."""
    # The second field is the program's name in brackets, which may hold blanks: count from behind it.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return 1000 * (int(fields[13]) + int(fields[14])) / TICKS_PER_SECOND


def resident_kib(pid: int) -> float:
    """KiB of memory that the process tree holds."""
    pages = sum(int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) for process in processes_of(pid))
    return pages * PAGE_KIB


async def settle(pid: int) -> None:
    """Wait until the process tree has nothing left to do: a quarter of a second with at most 15 ms of CPU.

    Raises:
        TimeoutError: it is still busy after three minutes.
    """
    deadline = time.monotonic() + LONGEST_SETTLING_SECONDS
    before = cpu_ms(pid)
    while time.monotonic() < deadline:
        await asyncio.sleep(REST_SECONDS)
        now = cpu_ms(pid)
        if now - before <= REST_MS:
            return
        before = now
    raise TimeoutError(f"Process {pid} did not come to rest within {LONGEST_SETTLING_SECONDS} s.")


class Meter:
    """Counts the CPU of a process tree from its making on."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.begun = cpu_ms(pid)

    def read(self) -> float:
        """Milliseconds of CPU so far."""
        return cpu_ms(self.pid) - self.begun


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that ``share`` of them (0 to 1) do not exceed; of none, nan."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)] if ranked else math.nan
