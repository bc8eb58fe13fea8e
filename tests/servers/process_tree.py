"""Outlives the test run to stop its processes, if the run itself was killed.

It reads its standard input, which the run holds open: ``+ PID`` for a process that begins, ``+ PID DIRECTORY`` for one
with a temporary directory, and ``- PID`` for one that is gone. The end of the input means that the run has ended: then
the trees of all processes that are left are killed, and their directories are removed.
"""

import contextlib
import shutil
import sys
from collections.abc import Iterable

import psutil


def processes_of(pid: int) -> list[psutil.Process]:
    """The process and all its descendants, the eldest first; empty if it has ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        eldest = psutil.Process(pid)
        return [eldest, *eldest.children(recursive=True)]
    return []


def kill_tree(pid: int) -> None:
    """Kill a process and its descendants; SIGKILL reaches a stopped process too."""
    for process in processes_of(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def left_by(lines: Iterable[str]) -> dict[int, list[str]]:
    """The processes that are left after these lines, with their directories."""
    left: dict[int, list[str]] = {}
    for line in lines:
        sign, pid, *directory = line.rstrip("\n").split(" ", 2)
        if sign == "+":
            left[int(pid)] = directory
        else:
            left.pop(int(pid), None)
    return left


if __name__ == "__main__":
    for pid, directories in left_by(sys.stdin).items():
        kill_tree(pid)
        for directory in directories:
            shutil.rmtree(directory, ignore_errors=True)
