"""Outlives the test run to end one server, when the run itself was killed and could not.

It reads its standard input, which the run holds open. The end of the input means that the run
is gone: then the server's whole tree is killed, and the directory that was named, if any, removed.
"""

import contextlib
import shutil
import sys

import psutil


def processes_of(pid: int) -> list[psutil.Process]:
    """The process and all its descendants, the eldest first; empty when it is gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        eldest = psutil.Process(pid)
        return [eldest, *eldest.children(recursive=True)]
    return []


def kill_tree(pid: int) -> None:
    """Kill a process and its descendants; SIGKILL reaches a stopped process too."""
    for process in processes_of(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


if __name__ == "__main__":
    sys.stdin.read()
    kill_tree(int(sys.argv[1]))
    for directory in sys.argv[2:]:
        shutil.rmtree(directory, ignore_errors=True)
