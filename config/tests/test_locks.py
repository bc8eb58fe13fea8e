"""Locks hold names, versions and checksums: an address in one would bind every machine to one registry."""

from pathlib import Path

import pytest

from tests.environment import ROOT

PLACES = (
    "requirements/*.lock",
    "*/package-lock.json",
    "docs/examples/*/package-lock.json",
    "tests/*/package-lock.json",
    "tests/*/*/package-lock.json",
)
LOCKS = [
    *(path for place in PLACES for path in ROOT.glob(place) if "node_modules" not in path.parts),
    ROOT / "benchmarks" / "peers" / "node" / "package-lock.json",
    ROOT / "benchmarks" / "peers" / "ariadne" / "requirements.lock",
]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_lock_names_no_address(lock: Path) -> None:
    assert [line for line in lock.read_text().splitlines() if "://" in line] == []
