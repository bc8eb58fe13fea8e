"""The other end of a socket: an ASGI server and a client together, inside the test's own event loop."""

import asyncio
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, NamedTuple

from graphql_server.asgi_types import App, Message, Scope

PATIENCE_SECONDS = 20.0


class Unexpected(AssertionError):
    """The server has sent something else, or nothing."""


class Closed(NamedTuple):
    """The server has closed the socket."""

    code: int
    reason: str


class Peer:
    """A client of ``app`` with its own socket, which is aborted at the end.

    Args:
        app: the ASGI application of the socket.
        subprotocols: those that the client offers.
        headers: the headers of the handshake.
        address: the client's.
        shares_tasks: whether tasks may go on after it because other clients share them; else none may be left.
    """

    def __init__(
        self,
        app: App,
        *,
        subprotocols: tuple[str, ...] = ("graphql-transport-ws",),
        headers: Mapping[str, str] | None = None,
        address: str = "127.0.0.1",
        shares_tasks: bool = False,
    ) -> None:
        self.app = app
        self.shares_tasks = shares_tasks
        self.scope: Scope = {
            "type": "websocket",
            "path": "/graphql/",
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
            "client": (address, 50_000),
            "server": ("127.0.0.1", 8000),
            "subprotocols": list(subprotocols),
        }
        self.accepted_subprotocol: str | None = None
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message] = asyncio.Queue()
        self.reads = asyncio.Event()
        self.reads.set()
        self.is_gone = False
        self._has_given = False

    async def __aenter__(self) -> "Peer":
        self._before = asyncio.all_tasks()
        self._to_app.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.ensure_future(self.app(self.scope, self._receive, self._send))
        accepted = await self._from_app_soon()
        if accepted["type"] != "websocket.accept":
            raise Unexpected(f"The server has not accepted the socket: {accepted}")
        self.accepted_subprotocol = accepted.get("subprotocol")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.abort()
        await self.ended()

    async def _receive(self) -> Message:
        if self._has_given:
            self._to_app.task_done()
        self._has_given = True
        return await self._to_app.get()

    async def _send(self, message: Message) -> None:
        """The server waits while the peer does not read, as uvicorn does, and raises when the peer is gone."""
        await self.reads.wait()
        if self.is_gone:
            raise OSError("The peer is gone.")
        self._from_app.put_nowait(message)
        if message["type"] == "websocket.close":
            self._to_app.put_nowait({"type": "websocket.disconnect", "code": message["code"]})

    async def _from_app_soon(self) -> Message:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self._from_app.get()

    async def says(self, *messages: dict[str, Any] | str | bytes) -> None:
        """Send messages: maps as JSON, text and bytes unchanged."""
        for message in messages:
            if isinstance(message, bytes):
                self._to_app.put_nowait({"type": "websocket.receive", "bytes": message, "text": None})
            else:
                text = message if isinstance(message, str) else json.dumps(message)
                self._to_app.put_nowait({"type": "websocket.receive", "text": text})

    async def hears(self) -> dict[str, Any] | Closed:
        """The server's next message or close."""
        message = await self._from_app_soon()
        if message["type"] == "websocket.close":
            return Closed(message["code"], message["reason"])
        heard: dict[str, Any] = json.loads(message["text"])
        return heard

    async def initialises(self, payload: dict[str, Any] | None = None) -> None:
        """Go through ``connection_init``."""
        await self.says({"type": "connection_init", "payload": payload})
        if (heard := await self.hears()) != {"type": "connection_ack"}:
            raise Unexpected(f"There is no connection_ack, but {heard}.")

    async def subscribes(self, operation_id: str, query: str, **payload: Any) -> None:
        """Send ``subscribe``."""
        await self.says({"id": operation_id, "type": "subscribe", "payload": {"query": query, **payload}})

    async def is_alive(self) -> bool:
        """Whether the server still answers, and has sent nothing else before."""
        await self.says({"type": "ping", "payload": {"alive": True}})
        return await self.hears() == {"type": "pong", "payload": {"alive": True}}

    def has_news(self) -> bool:
        """Whether there is an unread message of the server."""
        return not self._from_app.empty()

    async def has_been_heard(self) -> None:
        """Wait until the server has handled all messages of the client."""
        await self._to_app.join()

    def abort(self) -> None:
        """Disconnect without a close frame."""
        self.is_gone = True
        self.reads.set()
        self._to_app.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def ended(self) -> None:
        """Wait for the application to end, and check that none of its own tasks is left."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.wait([self.task])
        if not self.task.cancelled():
            self.task.result()
        if not self.shares_tasks and (left := asyncio.all_tasks() - self._before):
            raise Unexpected(f"Tasks are left: {left}")
