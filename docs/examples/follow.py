"""Follow new orders as long as the program runs: over lost connections and restarts, without a gap or a repeat.

pip install 'gql[websockets]'
python follow.py [http://127.0.0.1:8000] [token]
"""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from typing import Any

from gql import Client, gql
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from websockets.exceptions import WebSocketException

ADDRESS = (sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000") + "/graphql/"
HEADERS = {"authorization": f"Bearer {sys.argv[2]}"} if len(sys.argv) > 2 else {}
NAME = {"graphql-client-name": "follow.py"}
LATER = {"THROTTLED", "UNAVAILABLE", "INTERNAL"}  # docs/errors.md has every code.

CREATED = gql("subscription ($after: String) { orderCreated(after: $after) { cursor order { number } } }")


async def follow(after: str | None) -> AsyncIterator[dict[str, Any]]:
    """Each new order after the cursor; None: from now on. Keep the cursors to go on in another process.

    Raises:
        TransportQueryError: the server refuses, or the cursor has expired: load a page, follow from its eventCursor.
    """
    failures = 0
    while True:
        socket = WebsocketsTransport(
            url=ADDRESS.replace("http", "ws", 1), init_payload=HEADERS | NAME, ping_interval=10, pong_timeout=5
        )
        seconds = 0.0
        try:
            async with Client(transport=socket) as session:
                CREATED.variable_values = {"after": after}
                async for result in session.subscribe(CREATED):
                    failures, after = 0, result["orderCreated"]["cursor"]
                    yield result["orderCreated"]
        except TransportQueryError as error:
            extensions = (error.errors or [{}])[0].get("extensions", {})
            if extensions.get("code") not in {*LATER, "STREAM_LAGGED"}:
                raise
            seconds = extensions.get("retryAfterSeconds", 0.0)
        except (TransportError, WebSocketException, OSError):
            pass  # Nothing is lost: the server keeps the events.
        jitter = random.uniform(0.25, 0.5)  # noqa: S311  # no secret
        await asyncio.sleep(max(seconds, min(2**failures, 30) * jitter))
        failures += 1


async def main() -> None:
    """Print the numbers of new orders."""
    async for created in follow(None):
        print(created["order"]["number"], flush=True)


asyncio.run(main())
