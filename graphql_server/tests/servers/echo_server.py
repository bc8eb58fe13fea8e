"""A WebSocket application that echoes messages, under a real uvicorn."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from graphql_server.servers.uvicorn_websocket import WebSocketProtocol

PATIENCE_SECONDS = 20.0
MAX_BYTES = 1000
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = {
    "Host": "localhost",
    "Connection": "keep-alive, Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY,
}


class Echo:
    """Echoes texts and bytes; some words have another effect."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.scopes: list[dict[str, Any]] = []
        self.may_hear = asyncio.Event()
        self.may_hear.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        assert await receive() == {"type": "websocket.connect"}
        if scope["path"] == "/refused":
            await send({"type": "websocket.close"})
            return
        if scope["path"] == "/denied":
            headers = [(b"retry-after", b"1")]
            await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
            await send({"type": "websocket.http.response.body", "body": b"Later."})
            assert await receive() == {"type": "websocket.disconnect", "code": 1006}
            return
        if scope["path"] == "/broken":
            raise LookupError("on purpose")
        chosen = scope["subprotocols"][-1] if scope["subprotocols"] else None
        await send({"type": "websocket.accept", "subprotocol": chosen, "headers": [(b"x-said", b"yes")]})
        while True:
            await self.may_hear.wait()
            event = await receive()
            self.heard.append(event)
            match event:
                case {"type": "websocket.disconnect"}:
                    return
                case {"text": "close"}:
                    await send({"type": "websocket.close", "code": 4400, "reason": "as asked"})
                case {"text": str(text)}:
                    await send({"type": "websocket.send", "text": text})
                case {"bytes": bytes(data)}:
                    await send({"type": "websocket.send", "bytes": data})


class Served:
    """The application, served on a port."""

    def __init__(self) -> None:
        self.app = Echo()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listening.getsockname()[1]
        config = uvicorn.Config(
            self.app, ws=WebSocketProtocol, ws_max_size=MAX_BYTES, log_level="critical", lifespan="off"
        )
        self.server = uvicorn.Server(config)

    def connect(self, path: str = "/", **options: Any) -> connect:
        """A client's connection."""
        return connect(f"ws://127.0.0.1:{self.port}{path}", compression=None, ping_interval=None, **options)

    async def answer(self, *lines: str, **headers: str) -> bytes:
        """The first line of the answer to a request that may be wrong."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        said = {**UPGRADE, **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = [*(lines or ("GET / HTTP/1.1",)), *(f"{name}: {value}" for name, value in said.items() if value)]
        writer.write("\r\n".join([*request, "", ""]).encode())
        answer = await reader.readline()
        writer.close()
        return answer.strip()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def only_protocol(served: Served) -> WebSocketProtocol:
    """The server's end of the one open connection."""
    [protocol] = [one for one in served.server.server_state.connections if isinstance(one, WebSocketProtocol)]
    return protocol


async def ends(client: ClientConnection) -> tuple[int, str] | None:
    """How the server ends the connection."""
    with contextlib.suppress(ConnectionClosed):
        async for _ in client:
            continue
    return (client.protocol.close_rcvd.code, client.protocol.close_rcvd.reason) if client.protocol.close_rcvd else None
