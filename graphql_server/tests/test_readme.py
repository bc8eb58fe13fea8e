"""The README's code works as it is written there."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.servers.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "graphql_server" / "README.md"
ENVIRONMENT = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
"""Without the settings of this project."""
AFTER = """
import asyncio

from graphql_server.testing.peer import Peer
from graphql_server.tests.live.asking import texts

async def main():
    log.say("lobby", "ann", "tea is ready")
    log.say("lobby", "ann", "coffee too")
    async with Peer(server.websocket, shares_tasks=True) as client:
        await client.initialises({"name": "bob", "room": "lobby"})
        query = 'subscription { messages(containing: "tea", after: "lobby:0") { text } }'
        await client.subscribes("1", query)
        assert await texts(client, 1) == ["tea is ready"]
        log.say("lobby", "ann", "more tea")
        assert await texts(client, 1) == ["more tea"]

asyncio.run(main())
"""


def test_the_schema_of_the_readme_is_served_live() -> None:
    program, *_ = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)

    run = subprocess.run(
        [sys.executable, "-c", program + AFTER],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert run.returncode == 0, run.stderr


def test_the_commands_of_the_readme_serve_the_schema(tmp_path: Path) -> None:
    text = README.read_text()
    program, *_ = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    serve, ask, follow = "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)).splitlines()
    (tmp_path / "chat.py").write_text(program)
    port = str(free_port())

    def command(line: str) -> list[str]:
        return shlex.split(line.replace("8000", port))

    with subprocess.Popen(command(serve), cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.DEVNULL) as server:
        try:
            said = subprocess.run(
                [*command(ask), "--retry", "60", "--retry-delay", "1", "--retry-connrefused"],
                capture_output=True,
                text=True,
                timeout=120,
                check=True,
            )
            with subprocess.Popen(command(follow), stdout=subprocess.PIPE, text=True) as stream:
                assert stream.stdout is not None
                event = next(line for line in stream.stdout if line.startswith("data:"))
                stream.terminate()
        finally:
            server.terminate()

    assert json.loads(said.stdout)["data"] == {"say": {"author": "ann"}}
    assert json.loads(event.removeprefix("data:"))["data"] == {"messages": {"author": "ann", "text": "hello"}}


def test_the_test_of_the_readme_passes(tmp_path: Path) -> None:
    program, plugins, test = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    (tmp_path / "conftest.py").write_text(plugins)
    (tmp_path / "test_chat.py").write_text(program + test)
    command = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", str(tmp_path), "-p", "no:django"]

    run = subprocess.run(
        [*command, "-o", "asyncio_mode=auto", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 passed" in run.stdout
