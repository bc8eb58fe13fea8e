"""A container by the kernel's own means, as a container engine makes it: the image's folders, all of them read-only.

It has a file system, processes and a user of its own (number 10001), and this machine's network. Python and the
packages are those of this run; ``/app`` is what ``deploy/Dockerfile`` copies. Making one needs root.
"""

import os
import shutil
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

import psutil

from tests.servers.processes import Process

USER = 10001
VENV = Path(sys.prefix)
ENTER = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
SCRIPT = """
set -eu
root=$1 app=$2 venv=$3 python=$4 user=$5; shift 5
mount -t tmpfs -o mode=755 tmpfs "$root"
show() {
    mkdir -p "$root$2"; mount --rbind "$1" "$root$2"; mount -o "remount,bind,ro" "$root$2"
}
for name in bin lib lib64 sbin; do
    if [ -L "/$name" ]; then cp -P "/$name" "$root/$name"; elif [ -d "/$name" ]; then show "/$name" "/$name"; fi
done
show /usr /usr; show /etc /etc
case $python in /usr) ;; *) show "$python" "$python" ;; esac
show "$venv" /opt/venv; show "$app" /app
mkdir -p "$root/proc" "$root/dev" "$root/tmp" "$root/data"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o "uid=$user,gid=$user" tmpfs "$root/data"
mount -o remount,ro "$root"
exec /usr/sbin/chroot --userspec="$user:$user" --groups= "$root" /usr/bin/env -C /app "$@"
"""


@cache
def can_be_made() -> bool:
    """Whether a container can be made here."""
    if os.geteuid() or not shutil.which("unshare"):
        return False
    return subprocess.run([*ENTER, "true"], capture_output=True, check=False).returncode == 0


def container(name: str, command: list[str], *, app: Path, directory: Path, env: dict[str, str]) -> Process:
    """A process whose only child is the command, as process 1 of a container; it logs to ``directory``."""
    root = directory / f"root-of-{name}"
    root.mkdir()
    given = [str(root), str(app), str(VENV), sys.base_prefix, str(USER), *command]
    return Process(name, [*ENTER, "sh", "-c", SCRIPT, "sh", *given], directory=directory, env=env)


def stop(process: Process) -> int:
    """Send SIGTERM to process 1 of the container; its exit status."""
    [first] = psutil.Process(process.pid).children()
    first.send_signal(signal.SIGTERM)
    return process.wait(timeout_seconds=15)
