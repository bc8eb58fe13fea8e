"""Finds the tests of a path, if the path itself has none."""

import os
from collections.abc import Iterable
from pathlib import Path

from tests.runner.passes import ROOT

TESTS = "test_*.py"


def without_tests(arguments: Iterable[str]) -> list[str]:
    """A sentence for each of these arguments that is a folder or file of ours without tests."""
    paths = [Path(one) for one in arguments if not one.startswith("-") and "::" not in one and Path(one).exists()]
    return [sentence(path) for path in paths if not has_tests(path)]


def has_tests(path: Path) -> bool:
    """Whether pytest finds test files there."""
    return any(path.rglob(TESTS)) if path.is_dir() else path.match(TESTS)


def sentence(path: Path) -> str:
    """A sentence that it has no tests, and where the nearest ones are."""
    near = os.path.relpath(nearest(path.resolve()))
    return f"{path} has no tests. The nearest ones are in {near}: ./dev test {near}"


def nearest(path: Path) -> Path:
    """``a/tests/b`` for ``a/b``, ``a/tests/test_b.py`` for ``a/b.py``, else the tests of the nearest parent."""
    for parent in path.parents:
        inner = path.relative_to(parent)
        test = inner if path.is_dir() else inner.with_name(f"test_{inner.name}")
        for found in (parent / "tests" / one for one in (test, *inner.parents)):
            if found.exists() and has_tests(found):
                return found
        if parent == ROOT:
            break
    return ROOT
