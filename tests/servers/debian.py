"""Programs of Debian: installed, or unpacked from their packages without installing them."""

import shutil
import subprocess
from pathlib import Path

from tests.environment import ROOT
from tests.servers.server import NoServer

CACHE = ROOT / "var" / "debian"


def program(name: str, packages: tuple[str, ...], directory: Path) -> tuple[Path, dict[str, str]]:
    """The program and its environment: the machine's, or unpacked into this folder from these packages.

    Raises:
        NoServer: it is not installed, and can't be downloaded.
    """
    for found in (shutil.which(name), f"/usr/sbin/{name}"):
        if found and Path(found).exists():
            return Path(found), {}
    kept = CACHE / name
    kept.mkdir(parents=True, exist_ok=True)
    try:
        if not list(kept.glob(f"{name}_*.deb")):
            subprocess.run(["apt-get", "download", *packages], cwd=kept, check=True, capture_output=True, timeout=120)
        for package in kept.glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, directory], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise NoServer(f"{name} is not installed, and its Debian package can't be downloaded.") from error
    libraries = ":".join(str(path) for path in directory.glob("usr/lib/*-linux-gnu"))
    return directory / "usr" / "sbin" / name, {"LD_LIBRARY_PATH": libraries}
