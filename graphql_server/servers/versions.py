"""The versions of the servers on whose private parts this package leans.

Under another version the public way is used. It is slower, and some bounds are missing: see README.
"""

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import takewhile
from typing import Final

import structlog

logger = structlog.get_logger(__name__)

Version = tuple[int, ...]

TRIED: Final[dict[str, tuple[Version, Version]]] = {
    "uvicorn": ((0, 54), (0, 55)),
    "daphne": ((4, 2), (4, 3)),
    "autobahn": ((26, 10), (27,)),
    "twisted": ((26, 10), (27,)),
}
"""By package: the first version that was tried, and the first that was not."""
UVICORN: Final = ("uvicorn",)
DAPHNE: Final = ("daphne", "autobahn", "twisted")


@cache
def fit(packages: tuple[str, ...]) -> bool:
    """Whether the installed versions of these packages were tried. Logs the others, once."""
    untried = [package for package in packages if not is_tried(package)]
    return not untried


def is_tried(package: str) -> bool:
    """Whether the installed version of a package was tried; a warning says so if not."""
    installed = installed_version(package)
    first, end = TRIED[package]
    if first <= parsed(installed) < end:
        return True
    logger.warning(
        "server_version_not_tried", package=package, version=installed, tried=f">={shown(first)},<{shown(end)}"
    )
    return False


def installed_version(package: str) -> str:
    """The version of an installed package; ``0`` where it is missing."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "0"


def parsed(text: str) -> Version:
    """The numbers that a version begins with."""
    return tuple(int(part) for part in takewhile(str.isdigit, text.split(".")))


def shown(numbers: Version) -> str:
    """A version as text."""
    return ".".join(map(str, numbers))
