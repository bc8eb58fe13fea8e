"""Another commit's code, checked out into a temporary folder for as long as it is measured."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.peers.packages import environment_commands, finish
from benchmarks.peers.tree import HERE, ROOT, Tree

LOCKS = ("requirements/runtime.lock", "requirements/dev.lock")


class NoCommit(Exception):
    """The name is not a commit of this repository."""


@contextmanager
def checked_out(ref: str, repository: Path = ROOT) -> Iterator[Tree]:
    """The code of a commit in a temporary worktree, which is removed at the end.

    Raises:
        NoCommit: there is no such commit.
    """
    commit = commit_of(ref, repository)
    git(repository, "worktree", "prune")  # Forgets the worktrees whose folders are gone: of runs that were killed.
    with TemporaryDirectory(prefix="orders-against-") as folder:
        root = Path(folder).resolve() / "code"
        git(repository, "worktree", "add", "--quiet", "--detach", str(root), commit)
        try:
            yield Tree(root, python_for(root), git(repository, "rev-parse", "--short", commit))
        finally:
            git(repository, "worktree", "remove", "--force", str(root))


def commit_of(ref: str, repository: Path) -> str:
    """The commit of a branch, a tag, a hash or HEAD~3.

    Raises:
        NoCommit: there is none.
    """
    try:
        return git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    except RuntimeError as error:
        raise NoCommit(f"There is no commit {ref!r} in this repository.") from error


def python_for(root: Path) -> str:
    """This project's Python, or, if the locks of packages differ, one with the packages of that commit."""
    locks = [root / lock for lock in LOCKS]
    if all(lock.read_bytes() == (ROOT / name).read_bytes() for lock, name in zip(locks, LOCKS, strict=True)):
        return HERE.python
    print("Installing the packages of the other commit, whose locks differ …", file=sys.stderr, flush=True)
    for command in environment_commands(root / ".venv", locks):
        finish(command, root, os.environ)
    return str(root / ".venv" / "bin" / "python")


def git(repository: Path, *arguments: str) -> str:
    """Run git and return what it printed.

    Raises:
        RuntimeError: it failed.
    """
    return finish(["git", *arguments], repository, os.environ).strip()
