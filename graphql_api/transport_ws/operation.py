"""One operation of a socket, from its ``subscribe`` to its ``error`` or ``complete``."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, aclosing
from typing import Any, Protocol, runtime_checkable

import orjson

from graphql_api.transport_ws import frames
from graphql_api.transport_ws.closing import Closing
from graphql_api.transport_ws.outbox import Disconnected, Outbox

Result = Mapping[str, Any]


class Stream(Protocol):
    """The responses of a subscription, as an async generator has them.

    Each is a map, or ready JSON, which is sent behind each subscriber's own id.
    """

    def __aiter__(self) -> AsyncIterator[Result | bytes]: ...

    async def aclose(self) -> None: ...


@runtime_checkable
class HasCursor(Protocol):
    """A stream that knows how far its subscriber has come; server pings carry it."""

    cursor: str | None


class Operation:
    """Runs one operation and sends its messages; once it is over it sends nothing more.

    Args:
        begin: begins the operation and returns its response, or the stream of its responses.
        acting: entered round all of the operation's work.
        mask: turns an exception into the error that a client may see.
    """

    __slots__ = ("_acting", "_begin", "_head", "_mask", "_outbox", "_stream", "id", "is_over", "task")

    task: "asyncio.Task[None]"

    def __init__(
        self,
        operation_id: str,
        outbox: Outbox,
        *,
        begin: Callable[[], Awaitable[Result | Stream]],
        acting: AbstractContextManager[object],
        mask: Callable[[Exception], Result],
    ) -> None:
        self.id = operation_id
        self.is_over = False
        self._head = frames.next_head(operation_id)
        self._outbox = outbox
        self._begin = begin
        self._acting = acting
        self._mask = mask
        self._stream: Stream | None = None

    @property
    def cursor(self) -> str | None:
        """The cursor of the operation's stream, if it has one."""
        return self._stream.cursor if isinstance(self._stream, HasCursor) else None

    def cancel(self) -> None:
        """End it without another message, whatever it is doing."""
        self.is_over = True
        self.task.cancel()

    async def answer(self) -> None:
        """Run it to its end.

        Raises:
            Closing: the peer does not take the answers.
            Disconnected: there is no peer any more.
        """
        with self._acting:
            try:
                await self._answer()
            except (Closing, Disconnected):
                raise
            except Exception as error:  # Whatever fails ends this operation, never the socket.
                await self._end(frames.error(self.id, [self._mask(error)]))

    async def _answer(self) -> None:
        outcome = await self._begin()
        if isinstance(outcome, Mapping):
            await self._say(outcome)
        else:
            await self._forward(outcome)
        if not self.is_over:
            await self._end(frames.complete(self.id))

    async def _forward(self, stream: Stream) -> None:
        self._stream = stream
        async with aclosing(stream):
            async for result in stream:
                await self._say(result)
                if self.is_over:
                    return

    async def _say(self, result: Result | bytes) -> None:
        if isinstance(result, bytes):
            await self._next(result)
        elif "data" in result:
            await self._next(orjson.dumps(result))
        else:  # A request error: nothing was executed (GraphQL specification, 7.1), or the source of events has failed.
            await self._end(frames.error(self.id, result["errors"]))

    async def _next(self, payload: bytes) -> None:
        frame = self._head + payload + b"}"
        await self._outbox.room_for(frame)
        if not self.is_over:
            await self._outbox.data(frame)

    async def _end(self, frame: bytes) -> None:
        await self._outbox.room_for(frame)
        if not self.is_over:
            self.is_over = True  # Before it is sent: the client may use the id again as soon as it has read this.
            await self._outbox.data(frame)
