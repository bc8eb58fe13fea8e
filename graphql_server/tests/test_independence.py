"""The library needs no package of this project, no database and no settings but Django's own defaults."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPLICATION = {"audit", "config", "events", "graphql_api", "orders", "tenants", "webhooks"}
PROGRAM = """
import asyncio, json, sys
from django.conf import settings

settings.configure()

from graphql_server.tests.chat.server import Chat
from graphql_server.tests.live.asking import MESSAGES, has_begun, hears

async def main():
    chat = Chat()
    async with chat.client() as client:
        await chat.enter(client)
        await client.subscribes("1", MESSAGES)
        await has_begun(client)
        await client.subscribes("2", 'mutation { say(text: "hello") { author } }')
        heard = [await hears(client) for _ in range(3)]
        assert sorted(one["id"] + one["type"] for one in heard) == ["1next", "2complete", "2next"], heard

asyncio.run(main())
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_a_schema_is_served_live_without_this_project() -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )

    assert run.returncode == 0, run.stderr
    loaded = set(json.loads(run.stdout.splitlines()[-1]))
    assert loaded & APPLICATION == set()
    assert {"graphql_server", "strawberry", "django"} <= loaded
