"""CPU time and memory of a process and its descendants, from Linux."""

import asyncio
import contextlib
import math
import os
import time
from collections.abc import Sequence
from pathlib import Path

from tests.servers.process_tree import processes_of

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") / 1024
REST_SECONDS = 0.25
REST_MS = 10
CPUCLOCK_SCHED = 2
LONGEST_SETTLING_SECONDS = 180


def cpu_ms(pid: int) -> float:
    """Milliseconds of CPU, user's and system's, that the process tree has used, by its scheduler's clocks.

    Ended children count, to 10 ms, with the parent that waited for them. So does a child that ends meanwhile.
    """
    used = 0.0
    for process in processes_of(pid):
        with contextlib.suppress(OSError):
            used += own_cpu_ms(process.pid) + ended_children_cpu_ms(process.pid)
    return used


def own_cpu_ms(pid: int) -> float:
    """The CPU of all threads of a process, ended ones too: clock_getcpuclockid(3), done by hand."""
    return time.clock_gettime_ns(~pid << 3 | CPUCLOCK_SCHED) / 1e6


def ended_children_cpu_ms(pid: int) -> float:
    """The CPU of the process's children that have ended and were waited for."""
    # The second field is the program's name in brackets, which may hold blanks: count from after it.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return 1000 * (int(fields[13]) + int(fields[14])) / TICKS_PER_SECOND


def resident_kib(*pids: int) -> float:
    """KiB of memory that the process trees hold."""
    processes = [process for pid in pids for process in processes_of(pid)]
    pages = sum(int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) for process in processes)
    return pages * PAGE_KIB


async def settle(pids: Sequence[int]) -> None:
    """Wait until no process tree has work left: a quarter of a second with at most 10 ms of CPU each.

    Raises:
        TimeoutError: they are still busy after three minutes.
    """
    deadline = time.monotonic() + LONGEST_SETTLING_SECONDS
    before = sum(map(cpu_ms, pids))
    while time.monotonic() < deadline:
        await asyncio.sleep(REST_SECONDS)
        now = sum(map(cpu_ms, pids))
        if now - before <= REST_MS * len(pids):
            return
        before = now
    raise TimeoutError(f"The processes {pids} were still busy after {LONGEST_SETTLING_SECONDS} s.")


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that ``share`` of them (0 to 1) do not exceed; nan without values."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)] if ranked else math.nan
