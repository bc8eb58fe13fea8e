"""The clients in the documentation do what they say, and so do the README's commands."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.stack import Embedded
from tests.environment import ROOT

pytestmark = pytest.mark.e2e
CLIENT_SECONDS = 60


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running ``manage.py up`` with data of its own."""
    stack = Embedded(
        ROOT, env={"ORDERS_DATA_DIR": str(tmp_path_factory.mktemp("data"))}, logs=tmp_path_factory.mktemp("logs")
    )
    stack.start()
    yield stack.shop.address
    assert stack.stop() == 0


def said_by(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=CLIENT_SECONDS, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_placed_and_arrived(output: str) -> None:
    arrived, placed = sorted(output.splitlines())  # The event may be quicker than the answer.
    number = placed.removeprefix("placed:").strip()
    assert re.fullmatch(r"[0-9A-Z]{5}-[0-9A-Z]{5}", number)
    assert arrived == f"arrived: {number} over 25.00 EUR"


def test_the_python_client(address: str):
    assert_placed_and_arrived(said_by(sys.executable, "docs/examples/client.py", address))


def test_the_javascript_client(address: str):
    node = shutil.which("node") or str(Path(sys.executable).with_name("node"))
    options = ["--no-warnings"]
    if int(said_by(node, "-p", "process.versions.node.split('.')[0]")) < 22:
        options.append("--experimental-websocket")
    assert_placed_and_arrived(said_by(node, *options, "frontend_demo/examples/client.mjs", address))


def readme_commands() -> list[str]:
    """The README's curl commands, as they are pasted."""
    blocks = re.findall(r"```sh\n(curl .*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return [block.strip() for block in blocks]


def test_the_readme_has_a_query_a_mutation_and_a_rest_call():
    assert len(readme_commands()) == 3


@pytest.mark.parametrize("place", range(3))
def test_the_readmes_commands_run_as_pasted(address: str, place: int):
    command = readme_commands()[place].replace("http://127.0.0.1:8000", address)
    answer = json.loads(said_by("sh", "-c", command))
    assert "errors" not in answer
    assert answer.get("data") or answer["status"] == "NEW"
