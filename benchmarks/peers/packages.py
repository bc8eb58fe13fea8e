"""The peers' own packages, installed from their lock files on first use, outside of this project's environment."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

NODE_PEERS = Path(__file__).parent / "node"
ARIADNE_PEER = Path(__file__).parent / "ariadne"
ARIADNE_PYTHON = ARIADNE_PEER / ".venv" / "bin" / "python"


class Unavailable(Exception):
    """A peer can't be run here; the message says why."""


def install_node_peers() -> None:
    """Install the packages of Node's peers from their lock, unless they are there.

    Raises:
        Unavailable: there is no npm, or it failed.
    """
    if not shutil.which("npm"):
        raise Unavailable("Node's peers need Node and npm, which are not installed here.")
    command = ["npm", "ci", "--prefer-offline", "--no-audit", "--no-fund"]
    install("Node's peers", NODE_PEERS / "package-lock.json", NODE_PEERS / "node_modules", [command])


def install_ariadne() -> None:
    """Install Ariadne's packages from their lock, unless they are there.

    Raises:
        Unavailable: the packages can't be had.
    """
    lock = ARIADNE_PEER / "requirements.lock"
    install("Ariadne", lock, ARIADNE_PEER / ".venv", [*environment_commands(ARIADNE_PEER / ".venv", [lock])])


def environment_commands(venv: Path, locks: Sequence[Path]) -> Iterator[list[str]]:
    """The commands that make a Python environment with the packages of these locks, each checked against its hash."""
    yield [sys.executable, "-m", "uv", "venv", "--quiet", "--clear", "--python", sys.executable, str(venv)]
    for lock in locks:
        options = ["--no-deps", "--require-hashes", "--requirement", str(lock)]
        yield [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(venv / "bin/python"), *options]


def install(whose: str, lock: Path, folder: Path, commands: Sequence[Sequence[str]]) -> None:
    """Run the commands that fill ``folder`` from the lock, unless they ran with the same lock before.

    Raises:
        Unavailable: a command failed.
    """
    stamp = folder / ".installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Installing the packages of {whose} …", file=sys.stderr, flush=True)
    try:
        for command in commands:
            finish(command, lock.parent, os.environ)
    except RuntimeError as error:
        raise Unavailable(f"The packages of {whose} could not be installed.\n{error}") from error
    stamp.write_text(wanted)


def finish(command: Sequence[str], directory: Path, environment: Mapping[str, str]) -> str:
    """Run a command to its end and return what it printed.

    Raises:
        RuntimeError: it failed; the message is what it said.
    """
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with status {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout
