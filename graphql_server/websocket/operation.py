"""One operation of a socket, from its ``subscribe`` to its ``error`` or ``complete``."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing
from typing import Any, Protocol, runtime_checkable

import orjson

from graphql_server.errors import Code
from graphql_server.websocket import frames
from graphql_server.websocket.closing import Closing
from graphql_server.websocket.outbox import Disconnected, Outbox
from graphql_server.websocket.window import Window

Result = Mapping[str, Any]
LAGGED = "You read too slowly, or did not answer. Go on after `cursor`."


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


@runtime_checkable
class Pushed(Protocol):
    """A subscription that pushes payloads into its operation, so that an idle one costs no task.

    It gives its operation ready JSON with ``offer``, waits with ``room`` where that does not take it, and ends it with
    ``fail``. ``renew`` is awaited when the caller's rights have changed: it goes on under the new ones, or fails.
    """

    @property
    def cursor(self) -> str | None: ...

    def begin(self, operation: "Operation") -> None: ...

    def stop(self) -> None: ...

    async def renew(self, caller: Any) -> None: ...


@runtime_checkable
class Renewable(Protocol):
    """A stream that can go on under other rights, or tells by which errors it can not."""

    async def renew(self, caller: Any) -> Sequence[Result]: ...


class Socket(Protocol):
    """What an operation needs of its socket."""

    def start(self, work: Callable[[], Awaitable[None]]) -> "asyncio.Task[None]":
        """Run what has to wait, as a task that ends with the socket."""

    def forget(self, operation: "Operation") -> None:
        """The operation is over: its id may be used again."""


class Operation:
    """Sends the messages of one operation; once it is over it sends nothing more."""

    __slots__ = ("_outbox", "_pushed", "_renewed", "_socket", "_stream", "head", "id", "is_over", "task")

    def __init__(self, operation_id: str, outbox: Outbox, socket: Socket) -> None:
        self.id = operation_id
        self.is_over = False
        self.task: asyncio.Task[None] | None = None
        self.head = frames.next_head(operation_id)
        self._outbox = outbox
        self._socket = socket
        self._stream: Any = None
        self._pushed: Pushed | None = None
        self._renewed: Any = None  # The caller's other rights, if they came while the operation began.

    @property
    def cursor(self) -> str | None:
        """The cursor of the operation's stream, if it has one."""
        if self._pushed is not None:
            return self._pushed.cursor
        return self._stream.cursor if isinstance(self._stream, HasCursor) else None

    @property
    def is_running(self) -> bool:
        """Whether a subscription goes on to push into it, without a task."""
        return not self.is_over and self._pushed is not None

    def cancel(self) -> None:
        """End it without another message, whatever it is doing."""
        self.is_over = True
        if self.task is not None:
            self.task.cancel()
        pushed, self._pushed = self._pushed, None
        if pushed is not None:
            pushed.stop()

    def begin(self, source: Pushed) -> None:
        """Let a subscription push into this operation from now on."""
        self._pushed = source
        source.begin(self)
        if self._renewed is not None:
            self._socket.start(lambda: source.renew(self._renewed))

    @property
    def window(self) -> Window:
        """The socket's, for a source that sends ready frames by itself: each is ``head``, a payload and a brace."""
        return self._outbox.window

    def offer(self, payload: bytes) -> bool:
        """Send a payload if it can go out at once; if not, wait for ``room`` and offer it again."""
        return not self.is_over and self._outbox.offer(self.head + payload + b"}")

    async def room(self, payload: bytes) -> None:
        """Wait until there is room for a payload.

        Raises:
            Lagged: there was none, for too long.
            Disconnected: there is no peer any more.
        """
        await self._outbox.room_for(self.head + payload + b"}")

    def start(self, work: Callable[[], Awaitable[None]]) -> "asyncio.Task[None]":
        """Run what has to wait, as a task that ends with the socket."""
        return self._socket.start(work)

    def fail(self, errors: Sequence[Result]) -> None:
        """End it with errors, in their turn."""
        self._socket.start(lambda: self._end(frames.error(self.id, errors)))

    def tell_lag(self) -> bool:
        """Before the socket is closed, tell a subscription that has a cursor where to go on; False if it can't be sent.

        Whoever reads it has read all that was sent before.
        """
        cursor = self.cursor
        if cursor is None or self.is_over:
            return True
        self.is_over = True
        error = {"message": LAGGED, "extensions": {"code": Code.STREAM_LAGGED.value, "cursor": cursor}}
        return self._outbox.last_words(frames.error(self.id, [error]))

    async def renew(self, caller: Any) -> None:
        """Go on under other rights, or end with the errors that tell why not."""
        self._renewed = caller
        if self._pushed is not None:
            await self._pushed.renew(caller)
        elif isinstance(self._stream, Renewable) and (errors := await self._stream.renew(caller)):
            await self._end(frames.error(self.id, errors))
            self.cancel()

    async def answer(
        self,
        begin: Callable[[], Awaitable[Result | Stream | Pushed]],
        acting: AbstractContextManager[object],
        mask: Callable[[Exception], Result],
    ) -> None:
        """Run it to its end, or to where it is pushed.

        Args:
            begin: begins the operation and returns its response, or the source of its responses.
            acting: entered round all of the operation's work.
            mask: turns an exception into the error that a client may see.

        Raises:
            Closing: the peer does not take the answers.
            Disconnected: there is no peer any more.
        """
        with acting:
            try:
                await self._answer(await begin())
            except (Closing, Disconnected):
                raise
            except Exception as error:  # Whatever fails ends this operation, never the socket.
                await self._end(frames.error(self.id, [mask(error)]))

    async def _answer(self, outcome: Result | Stream | Pushed) -> None:
        if isinstance(outcome, Pushed):
            if not self.is_over:
                self.begin(outcome)
            return
        if isinstance(outcome, Mapping):
            await self._say(outcome)
        else:
            await self._forward(outcome)
        if not self.is_over:
            await self._end(frames.complete(self.id))

    async def _forward(self, stream: Stream) -> None:
        self._stream = stream
        async with aclosing(stream):
            if self._renewed is not None:
                await self.renew(self._renewed)
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
        frame = self.head + payload + b"}"
        await self._outbox.room_for(frame)
        if not self.is_over:
            await self._outbox.data(frame)

    async def _end(self, frame: bytes) -> None:
        await self._outbox.room_for(frame)
        if not self.is_over:
            self.is_over = True  # Before it is sent: the client may use the id again as soon as it has read this.
            self._socket.forget(self)
            await self._outbox.data(frame)
