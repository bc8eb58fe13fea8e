"""Copies of this project's code: this one, and other commits to compare it with."""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.packages import finish

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / ".env.example"
OTHERS = {"DJANGO_SETTINGS_MODULE", "PYTHONPATH", "NODE_ENV"}


@dataclass(frozen=True, slots=True)
class Tree:
    """A copy of the code, and the Python that runs it; this one has no label."""

    root: Path
    python: str
    label: str = ""

    def named(self, contestant: str) -> str:
        """What the results call a contestant that runs this code."""
        return f"{contestant} at {self.label}" if self.label else contestant

    def has(self, module: str) -> bool:
        """Whether this commit has such a module."""
        return self.root.joinpath(*module.split(".")).with_suffix(".py").exists()

    def environment(self, **changes: str) -> dict[str, str]:
        """This process's environment without a person's or a test's settings, so that this code is imported."""
        settings = OTHERS.union(re.findall(r"^#?([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE))
        kept = {name: value for name, value in os.environ.items() if name not in settings}
        kept = {name: value for name, value in kept.items() if not name.startswith("TEST_")}
        return kept | {"PYTHONPATH": str(self.root)} | changes

    def run(self, module: str, *arguments: str, environment: Mapping[str, str]) -> str:
        """Run a module of this code to its end and return what it printed.

        Raises:
            RuntimeError: it failed; the message is what it said.
        """
        return finish([self.python, "-m", module, *arguments], self.root, environment)


HERE = Tree(ROOT, sys.executable)
