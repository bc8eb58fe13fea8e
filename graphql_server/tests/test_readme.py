"""The README's code is served live, as it is written there."""

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

from graphql_server.tests.chat.server import Client
from graphql_server.tests.live.asking import texts

async def main():
    log.say("lobby", "ann", "tea is ready")
    log.say("lobby", "ann", "coffee too")
    async with Client(server.websocket) as client:
        await client.initialises({"name": "bob", "room": "lobby"})
        query = 'subscription { messages(containing: "tea", after: "lobby:0") { text } }'
        await client.subscribes("1", query)
        assert await texts(client, 1) == ["tea is ready"]
        log.say("lobby", "ann", "more tea")
        assert await texts(client, 1) == ["more tea"]

asyncio.run(main())
"""


def test_the_schema_of_the_readme_is_served_live() -> None:
    [program] = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)

    run = subprocess.run(
        [sys.executable, "-c", BEFORE + program + AFTER],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert run.returncode == 0, run.stderr
