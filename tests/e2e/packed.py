"""The front end's programs as their users have them: ``orders-client`` compiled as it is published, Node, Vite."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.environment import ROOT
from tests.servers.processes import Process, free_port, listens

FRONT = ROOT / "frontend_demo"
MODULES = FRONT / "node_modules"
PROGRAM_SECONDS = 60


def node() -> str:
    """Node's program: the machine's, or the environment's."""
    return shutil.which("node") or str(Path(sys.executable).with_name("node"))


def said_by(*command: str) -> str:
    """Run a program, which has to succeed, and return its output."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=PROGRAM_SECONDS, cwd=ROOT, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


def compile_typescript(*arguments: str) -> None:
    """Compile by the front end's own compiler."""
    said_by(node(), str(MODULES / ".bin/tsc"), *arguments)


def install_client(modules: Path) -> None:
    """Put ``orders-client`` into a folder of packages, as ``npm pack`` makes it."""
    package = modules / "orders-client"
    package.mkdir(parents=True)
    shutil.copy(FRONT / "client/package.json", package)
    compile_typescript("-p", str(FRONT / "client"), "--outDir", str(package / "dist"))


class ViteApp(Process):
    """A front end's own Vite server on a port of its own, with the configuration that the docs show."""

    def __init__(self, folder: Path, server: str) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        vite: list[str | Path] = [
            node(),
            MODULES / "vite/bin/vite.js",
            "--config",
            ROOT / "docs/examples/vite.config.mjs",
        ]
        command = [*vite, "--port", str(self.port), "--strictPort"]
        super().__init__("vite", command, directory=folder, env={**os.environ, "ORDERS_SERVER": server})

    def start(self) -> None:
        """Start it, and wait until it listens."""
        super().start()
        self.wait_until_ready(lambda: listens(self.port), timeout_seconds=PROGRAM_SECONDS)
