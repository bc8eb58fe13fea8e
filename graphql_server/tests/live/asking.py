"""Helpers that subscribe and read messages."""

import asyncio
from typing import Any

from graphql_server.testing.peer import PATIENCE_SECONDS, Closed, Peer

MESSAGES = (
    'subscription M($containing: String! = "", $after: String) {'
    " messages(containing: $containing, after: $after) { author text cursor } }"
)


async def hears(peer: Peer) -> Any:
    """The next message of the server that is not a ping."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            heard = await peer.hears()
            if isinstance(heard, Closed) or heard["type"] != "ping":
                return heard
            await peer.says({"type": "pong"})


async def data(peer: Peer, operation_id: str = "1") -> Any:
    """The value of the only field of the next response."""
    heard = await hears(peer)
    assert (heard["id"], heard["type"]) == (operation_id, "next"), heard
    assert "errors" not in heard["payload"], heard
    [value] = heard["payload"]["data"].values()
    return value


async def error(peer: Peer, operation_id: str = "1") -> Any:
    """The only error of an operation that has failed."""
    heard = await hears(peer)
    assert (heard["id"], heard["type"]) == (operation_id, "error"), heard
    [found] = heard["payload"]
    return found


async def texts(peer: Peer, number: int, operation_id: str = "1") -> list[str]:
    """The texts of the next messages."""
    return [(await data(peer, operation_id))["text"] for _ in range(number)]


async def has_begun(peer: Peer, operation_id: str = "1") -> None:
    """Wait until a subscription follows the log: the server's pings then carry its cursor."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            heard = await peer.hears()
            assert isinstance(heard, dict), heard
            assert heard["type"] == "ping", heard
            await peer.says({"type": "pong"})
            if heard.get("payload", {}).get(operation_id):
                return


async def is_silent(peer: Peer) -> bool:
    """Whether the server still answers, and has sent nothing but pings before."""
    await peer.says({"type": "ping", "payload": {"alive": True}})
    return bool(await hears(peer) == {"type": "pong", "payload": {"alive": True}})
