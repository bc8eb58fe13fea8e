"""The README's code works as it is written there."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "graphql_server" / "README.md"
BEFORE = """
from django.conf import settings

settings.configure()
"""
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
        [sys.executable, "-c", BEFORE + program + AFTER],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert run.returncode == 0, run.stderr


def test_the_test_of_the_readme_passes(tmp_path: Path) -> None:
    program, plugins, test = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    (tmp_path / "conftest.py").write_text(plugins)
    (tmp_path / "test_chat.py").write_text(BEFORE + program + test)
    command = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", str(tmp_path), "-p", "no:django"]

    run = subprocess.run(
        [*command, "-o", "asyncio_mode=auto", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 passed" in run.stdout
