"""A client of streams over HTTP, in this process."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

from graphql_server.asgi_types import App, Message

PATIENCE_SECONDS = 10.0
EVENT_STREAM = "text/event-stream"
MULTIPART = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json'


@dataclass
class Event:
    """A server-sent event, or what a stream says beside its events."""

    kind: str = ""
    data: Any = None
    id: str | None = None


@dataclass
class StreamClient:
    """One request, until its response is complete or the client hangs up. Use it as a context manager.

    While ``reads`` is not set, the server's ``send`` waits.
    """

    app: App
    who: str | None
    query: str
    variables: dict[str, Any] | None = None
    method: str = "POST"
    accept: str = EVENT_STREAM
    headers: dict[str, str] = field(default_factory=dict)
    digest: str | None = None
    """Names a published document in place of ``query``."""

    async def __aenter__(self) -> Self:
        self.reads = asyncio.Event()
        self.reads.set()
        self.parts: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.started: asyncio.Future[tuple[int, dict[str, str]]] = asyncio.get_running_loop().create_future()
        self.rest = b""
        document = {"documentId": self.digest} if self.digest else {"query": self.query}
        asked: dict[str, Any] = document | ({"variables": self.variables} if self.variables else {})
        is_get = self.method == "GET"
        text = {name: value if isinstance(value, str) else json.dumps(value) for name, value in asked.items()}
        given = {"host": "localhost", "accept": self.accept, "content-type": "application/json", **self.headers}
        if self.who is not None:
            given["authorization"] = self.who
        scope = {
            "type": "http",
            "method": self.method,
            "scheme": "http",
            "path": "/graphql/",
            "root_path": "",
            "query_string": urlencode(text).encode() if is_get else b"",
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "client": ("127.0.0.1", 50_000),
        }
        self._request = [{"type": "http.request", "body": b"" if is_get else json.dumps(asked).encode()}]
        self._hung_up = asyncio.Event()
        self.task = asyncio.create_task(self._run(scope))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.reads.set()
        self.hang_up()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.task

    def hang_up(self) -> None:
        """Close the connection."""
        self._hung_up.set()

    async def _run(self, scope: Any) -> None:
        await self.app(scope, self._receive, self._send)
        self.parts.put_nowait(None)

    async def _receive(self) -> Message:
        if self._request:
            return self._request.pop()
        await self._hung_up.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        await self.reads.wait()
        if message["type"] == "http.response.start":
            headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            self.started.set_result((int(message["status"]), headers))
        elif message["body"]:
            self.parts.put_nowait(message["body"])

    async def start(self) -> tuple[int, dict[str, str]]:
        """The status and the headers."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.started

    async def until(self, delimiter: bytes) -> bytes | None:
        """The body up to a delimiter, without it; None: the body is complete."""
        while delimiter not in self.rest:
            async with asyncio.timeout(PATIENCE_SECONDS):
                part = await self.parts.get()
            if part is None:
                return None
            self.rest += part
        found, _, self.rest = self.rest.partition(delimiter)
        return found

    async def whole(self) -> Any:
        """The JSON of a response that is no stream."""
        while await self.until(b"\0") is not None:
            raise AssertionError
        return json.loads(self.rest)

    async def block(self) -> Event | None:
        """The next block of server-sent lines; None: the body is complete."""
        text = await self.until(b"\n\n")
        if text is None:
            return None
        lines = [line.partition(": ") for line in text.decode().splitlines() if line != ":"]
        found = {name.rstrip(":"): value for name, _, value in lines}
        data = json.loads(found["data"]) if found.get("data") else found.get("data")
        return Event(found.get("event", "retry" if "retry" in found else ""), data, found.get("id"))

    async def event(self) -> Event | None:
        """The next event; heartbeats are left out."""
        while (block := await self.block()) is not None:
            if block.kind not in {"", "retry"}:
                return block
        return None

    async def events(self, number: int) -> list[Event]:
        """The next events."""
        found = [await self.event() for _ in range(number)]
        return [event for event in found if event is not None]
