"""One operation whose answer is a stream over HTTP. It shares executions, limits and rights with the sockets."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from graphql_server.errors import Code
from graphql_server.http.stream_formats import StreamFormat
from graphql_server.limits import SocketLimits
from graphql_server.ports.callers import Caller
from graphql_server.servers.stream_writers import StreamWriter
from graphql_server.websocket.backend import Backend
from graphql_server.websocket.client_messages import Subscribe
from graphql_server.websocket.closing import CloseCode, Closing
from graphql_server.websocket.heartbeat import Heartbeat
from graphql_server.websocket.outbox import Disconnected, Outbox
from graphql_server.websocket.own_tasks import OwnTasks
from graphql_server.websocket.running_operation import RunningOperation

SHOWN: Final = {
    CloseCode.FORBIDDEN: Code.FORBIDDEN,
    CloseCode.INTERNAL_SERVER_ERROR: Code.INTERNAL,
    CloseCode.TRY_AGAIN_LATER: Code.THROTTLED,
}
"""The close codes that the client gets. After any other the stream breaks off, and the client reconnects."""


class StreamOutbox(Outbox):
    """The outbox of a stream. A client answers nothing, so what bounds it is what the server holds for it."""

    __slots__ = ()
    _writer: StreamWriter

    def ping(self) -> None:
        """Send a heartbeat, and count all that was sent as answered."""
        super().ping()
        self.window.answered()

    async def _wait_for_room(self, size: int) -> None:
        while not self._has_room(size):
            if self._closed:
                raise Disconnected
            await (self.window.answer() if self.window.is_held else self._writer.drained())


@dataclass(frozen=True, slots=True)
class StreamedOperation:
    """The operation of a stream, its caller and its format. ``address`` is the client's; None behind a socket file."""

    backend: Backend
    limits: SocketLimits
    format: StreamFormat
    request: Subscribe
    caller: Caller
    address: str | None

    async def serve(self, writer: StreamWriter) -> None:
        """Send the body of the response. Returns when it is complete; is cancelled when the client hangs up."""
        await Stream(self, writer).serve()


class Stream:
    """The state of one stream. Used on its event loop only."""

    __slots__ = (
        "__weakref__",
        "_cursor",
        "_ended",
        "_heartbeat",
        "_is_draining",
        "_operation",
        "_outbox",
        "_streamed",
        "_tasks",
    )

    def __init__(self, streamed: StreamedOperation, writer: StreamWriter) -> None:
        limits = streamed.limits
        self._streamed = streamed
        self._outbox = StreamOutbox(
            writer, limits.window_bytes, self._heartbeat_bytes, self.start, limits.silence_seconds
        )
        self._operation = RunningOperation("", streamed.format, self._outbox, self)
        self._heartbeat = Heartbeat(self._ping, lambda: None, limits)
        self._ended: asyncio.Future[Closing | None] = asyncio.get_running_loop().create_future()
        self._tasks = OwnTasks(self.end)
        self._cursor: str | None = None
        self._is_draining = False

    async def serve(self) -> None:
        """Run the operation until it ends, or until there is a reason to end the stream."""
        closing: Closing | None = None
        streamed, backend = self._streamed, self._streamed.backend
        backend.drain.opened(self)
        try:
            with backend.connections.arrived(streamed.address), backend.connections.joined(self, streamed.caller):
                await self._outbox.data(streamed.format.begin())
                self._heartbeat.start()
                self._begin()
                closing = await self._ended
        except Closing as refused:
            closing = refused.with_traceback(None)  # Its traceback refers to this frame.
        except Disconnected:
            return
        finally:
            self._heartbeat.stop()
            await self._leave(closing)
            backend.drain.closed(self)

    def drain(self) -> None:
        """Break a subscription off: its client comes back with its last cursor. A query or mutation ends by itself."""
        self._is_draining = True
        self._end_if_due()

    def cut(self) -> None:
        """Break the stream off, whatever is running."""
        self.end(Closing(CloseCode.SERVICE_RESTART, "The server is restarting"))

    def end(self, closing: Closing | None) -> None:
        """End the stream. May be called from anywhere on its event loop; the first reason counts."""
        if not self._ended.done():
            self._ended.set_result(closing)

    def renew(self, caller: Caller) -> None:
        """Go on under other rights, as a socket does."""
        self.start(partial(self._operation.renew, caller))

    def start(self, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Run work that waits, as a task that ends with the stream."""
        task = self._tasks.start(work)
        task.add_done_callback(lambda _: self._end_if_due())
        return task

    def positioned(self) -> None:
        """Send the cursor at once: a client that is cut off before the first event comes back after it."""
        self._ping()

    def forget(self, operation: RunningOperation) -> None:
        """The operation sends its last message."""

    def _begin(self) -> None:
        operations, request, caller = self._streamed.backend.operations, self._streamed.request, self._streamed.caller
        running = operations.join(request, caller)
        if running is not None:
            self._operation.begin(running)
            return
        begin = partial(operations.begin, request, caller)
        mask: Callable[[Exception], Any] = lambda error: operations.mask(error, caller)  # noqa: E731
        self.start(partial(self._operation.answer, begin, caller.acting(), mask))

    def _end_if_due(self) -> None:
        """End if the operation has ended, or if it is a subscription and the server drains."""
        if self._operation.is_over:
            self.end(None)
        elif self._is_draining and self._operation.is_running:
            self.cut()

    async def _leave(self, closing: Closing | None) -> None:
        is_complete = self._operation.is_over
        self._operation.cancel()
        self._tasks.cancel()
        if closing is not None and not is_complete and (code := SHOWN.get(closing.code)):
            error = {"message": closing.reason, "extensions": {"code": code.value}}
            self._outbox.send_last(self._streamed.format.failure([error]))
        await self._outbox.close(closing or Closing(CloseCode.GOING_AWAY, ""))
        await self._tasks.ended()
        self._outbox.release()

    def _ping(self) -> None:
        try:
            self._outbox.ping()
        except Disconnected:
            self.end(None)
        else:
            self._heartbeat.heard()

    def _heartbeat_bytes(self) -> bytes:
        cursor = self._operation.cursor
        is_news = cursor != self._cursor
        self._cursor = cursor
        return self._streamed.format.heartbeat(cursor if is_news else None)
