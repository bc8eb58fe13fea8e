"""The browser of the tests: the machine's Chromium, or the one that ``./dev`` has unpacked."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
UNPACKED = Path(sys.prefix) / "chromium"
NO_BROWSER = "There is no Chromium: ./dev test sets one up where it can, or name one in CHROMIUM."


def chromium() -> str | None:
    """The program's path: ``CHROMIUM``, else a program on the PATH, else the unpacked one; None if there is none."""
    names = (os.environ.get("CHROMIUM", ""), *NAMES, str(UNPACKED / "chromium"))
    return next(filter(None, (shutil.which(name) for name in names if name)), None)


def environment(executable: str) -> dict[str, str | float | bool]:
    """The environment of the program.

    The unpacked one gets its own libraries and fonts if the machine has none, and a language: in the locale ``C`` its
    pages get ``en-US@posix``, which is no language tag, and ``Intl`` raises.
    """
    found: dict[str, str | float | bool] = dict(os.environ)
    if Path(executable).parent != UNPACKED:
        return found
    found["LANG"] = "en_US.UTF-8"
    found.pop("LC_ALL", None)
    if "not found" in subprocess.run(["ldd", executable], capture_output=True, text=True, check=False).stdout:
        found["LD_LIBRARY_PATH"] = str(UNPACKED / "libraries/lib")
    if not Path("/etc/fonts").exists():
        found["FONTCONFIG_PATH"] = str(UNPACKED / "fonts")
    return found
