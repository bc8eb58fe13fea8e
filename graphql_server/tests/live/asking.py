"""How a test subscribes, and what it hears."""

from typing import Any

from graphql_server.tests.websocket.peer import Closed, Peer

MESSAGES = (
    'subscription M($containing: String! = "", $after: String) {'
    " messages(containing: $containing, after: $after) { author text cursor } }"
)


async def hears(peer: Peer) -> Any:
    """The next message of the server that is no ping."""
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


async def has_begun(peer: Peer) -> None:
    """Wait until the server has begun what the client subscribed to."""
    await peer.subscribes("begun", "{ __typename }")
    assert await data(peer, "begun") == "Query"
    assert await hears(peer) == {"id": "begun", "type": "complete"}
