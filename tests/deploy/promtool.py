"""``promtool``, of Debian's package prometheus: installed, or downloaded and unpacked without installing."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.runner.skips import NO_PROMTOOL

FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "orders-promtool"
DOWNLOAD_SECONDS = 300


@cache
def promtool() -> str:
    """Its path; empty where it can't be had."""
    found = shutil.which("promtool")
    unpacked = FOLDER / "usr" / "bin" / "promtool"
    if not found and not unpacked.exists() and sys.platform == "linux":
        unpack()
    return found or (str(unpacked) if unpacked.exists() else "")


def unpack() -> None:
    """Download the package and unpack it into a folder of this user."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    call("apt-get", "download", "prometheus")
    for package in FOLDER.glob("prometheus_*.deb"):
        call("dpkg-deb", "--extract", package, FOLDER)
        package.unlink()


def call(*command: str | Path) -> None:
    """Run it in the folder, whatever comes of it."""
    subprocess.run(command, cwd=FOLDER, timeout=DOWNLOAD_SECONDS, capture_output=True, check=False)


def run(*arguments: str | Path) -> str:
    """What it says; the test is skipped where it can't be had, and fails where it finds a fault."""
    if not promtool():
        pytest.skip(NO_PROMTOOL)
    ended = subprocess.run([promtool(), *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
