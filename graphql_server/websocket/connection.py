"""An accepted socket: handles the client's messages until the end, and then stops everything that they started."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from functools import partial

import structlog

from graphql_server.asgi_types import Receive, Scope, Send
from graphql_server.errors import Code
from graphql_server.limits import SocketLimits
from graphql_server.metrics import CLIENTS_DROPPED, SOCKETS_CLOSED
from graphql_server.ports.callers import Caller
from graphql_server.servers.writers import writer_of
from graphql_server.websocket import server_messages
from graphql_server.websocket.backend import Backend, Operations
from graphql_server.websocket.client_messages import (
    ClientMessage,
    Complete,
    ConnectionInit,
    JsonObject,
    Ping,
    Pong,
    Subscribe,
    Unreadable,
    parse,
)
from graphql_server.websocket.closing import CloseCode, Closing
from graphql_server.websocket.heartbeat import Heartbeat
from graphql_server.websocket.intake import LARGE_BYTES, Intake
from graphql_server.websocket.outbox import Disconnected, Lagged, Outbox
from graphql_server.websocket.own_tasks import OwnTasks
from graphql_server.websocket.running_operation import Result, RunningOperation

logger = structlog.get_logger(__name__)


class Connection:
    """The state of one socket. Used on the socket's event loop only."""

    __slots__ = (
        *("__weakref__", "_backend", "_callers", "_closing", "_deadline", "_heartbeat", "_intake", "_is_initialised"),
        *("_is_over", "_limits", "_operations", "_outbox", "_receive", "_scope", "_exit_stack"),
        *("_is_draining", "_tasks", "_writer"),
    )

    def __init__(self, backend: Backend, limits: SocketLimits, scope: Scope, receive: Receive, send: Send) -> None:
        self._backend = backend
        self._limits = limits
        self._scope = scope
        self._receive = receive
        self._writer = writer_of(send, ready_frames=limits.ready_frames)
        self._outbox = Outbox(
            self._writer,
            limits.window_bytes,
            self._ping_frame,
            self.start,
            limits.silence_seconds,
        )
        self._heartbeat = Heartbeat(self._ping, self._fall_silent, limits)
        self._deadline = asyncio.timeout(limits.init_seconds)
        self._closing: Closing | None = None
        self._is_over = self._is_draining = False
        self._is_initialised = False
        self._callers: list[Caller] = []  # The caller, once authenticated.
        self._operations: dict[str, RunningOperation] = {}
        self._tasks = OwnTasks(self.end)
        self._exit_stack = ExitStack()  # Exited when the socket ends.
        self._intake = Intake(limits, asyncio.get_running_loop().time())
        self._writer.limit_messages(self._intake.most_bytes)

    async def serve(self) -> None:
        """Serve the client until the end. All tasks of the socket have ended when this returns."""
        closing: Closing | None = Closing(CloseCode.GOING_AWAY, "The server is shutting down")
        try:
            closing = await self._serve_messages()
        finally:  # A shutdown of the server cancels this task.
            self._is_over = True
            self._heartbeat.stop()
            self._exit_stack.close()
            try:
                await self._leave(closing)
            finally:
                self._backend.drain.closed(self)

    def end(self, closing: Closing | None) -> None:
        """Close the socket. May be called from anywhere on its event loop; the first reason counts.

        None: the peer is gone, and the next event of the server is the disconnect.
        """
        if closing is not None and self._closing is None and not self._is_over:
            self._closing = closing
            self._deadline.reschedule(asyncio.get_running_loop().time())

    def drain(self) -> None:
        """Begin nothing new; once no query or mutation runs, complete the subscriptions and close with 1012.

        May be called from anywhere on the socket's event loop; a repeat does nothing.
        """
        self._is_draining = True
        if not any(operation.task for operation in self._operations.values()):
            self.cut()

    def cut(self) -> None:
        """Complete the subscriptions and close with 1012, whatever else runs."""
        self.end(Closing(CloseCode.SERVICE_RESTART, "This process is ending: connect again"))

    def renew(self, caller: Caller) -> None:
        """Let the client act with other rights from now on. May be called from anywhere on the socket's event loop.

        Each running subscription goes on under the new rights, without gap or repeat. A subscription that they do not
        allow ends with an error. Running queries and mutations are not stopped. Has no effect before authentication.
        """
        if self._callers and not self._is_over:
            self._callers[0] = caller
            for operation in list(self._operations.values()):
                self.start(partial(operation.renew, caller))

    async def _leave(self, closing: Closing | None) -> None:
        if isinstance(closing, Lagged) and not self._report_lag():
            closing = Lagged(f"{closing.reason}. Go on after the last cursors that you got")
        if closing is not None and closing.code is CloseCode.SERVICE_RESTART:
            self._complete_subscriptions()
        for operation in self._operations.values():
            operation.cancel()
        self._tasks.cancel()
        if closing is not None:
            SOCKETS_CLOSED.labels(closing.code).inc()
            if isinstance(closing, Lagged):
                CLIENTS_DROPPED.inc()
            await self._outbox.close(closing)
        await self._tasks.ended()
        self._operations.clear()  # Breaks reference cycles.
        self._outbox.release()

    def _complete_subscriptions(self) -> None:
        """Complete each subscription. A ping with its cursor would be useless: no pong can follow the close."""
        with suppress(Disconnected):
            for operation in self._operations.values():
                operation.complete_last()

    def _report_lag(self) -> bool:
        """Send each subscription the cursor to go on after; False if that could not be sent."""
        try:
            return all(operation.report_lag() for operation in self._operations.values())
        except Disconnected:
            return False

    async def _serve_messages(self) -> Closing | None:
        """Handle messages until the peer is gone (None) or there is a reason to close."""
        try:
            client = self._scope.get("client")
            self._exit_stack.enter_context(self._backend.connections.arrived(client[0] if client else None))
            async with self._deadline:
                self._backend.drain.opened(self)
                while (event := await self._receive())["type"] != "websocket.disconnect":
                    self._heartbeat.heard()
                    text = event.get("text")
                    self._charge(text)
                    await self._take(text)
        except Closing as closing:
            return closing
        except Disconnected:
            return None
        except TimeoutError:
            return self._closing or Closing(CloseCode.TIMEOUT, "Connection initialisation timeout")
        except Exception:
            logger.exception("socket_failed")
            return Closing(CloseCode.INTERNAL_SERVER_ERROR, "Internal server error")
        return None

    def _charge(self, text: str | None) -> None:
        size = self._intake.charge(text, asyncio.get_running_loop().time())
        if size > LARGE_BYTES and self._callers:
            self._backend.operations.charge(self._callers[0], size)

    async def _take(self, text: str | None) -> None:
        try:
            message = parse(text)
        except Unreadable as error:
            self._check_may_begin(error.operation_id)
            await self._refuse(error.operation_id, Code.BAD_USER_INPUT, str(error))
        else:
            await self._handle(message)

    async def _handle(self, message: ClientMessage) -> None:
        match message:
            case Subscribe():
                await self._subscribe(message)
            case Complete(operation_id):
                self._complete(operation_id)
            case Pong():
                self._outbox.window.answered()
            case Ping(payload):
                await self._outbox.control(server_messages.pong(payload, self._limits.window_bytes))
            case ConnectionInit(payload):
                await self._initialise(payload)

    async def _initialise(self, payload: JsonObject) -> None:
        if self._is_initialised:
            raise Closing(CloseCode.TOO_MANY_INITIALISATION_REQUESTS, "Too many initialisation requests")
        self._is_initialised = True
        caller = self._backend.authentication.authenticate_at_once(self._scope, payload)
        if caller is None:
            self.start(partial(self._authenticate, payload))
        else:
            await self._acknowledge(caller)

    async def _authenticate(self, payload: JsonObject) -> None:
        await self._acknowledge(await self._backend.authentication.authenticate(self._scope, payload))

    async def _acknowledge(self, caller: Caller) -> None:
        if self._closing is not None or self._is_over:  # The deadline has to stay: it brings the close.
            return
        self._exit_stack.enter_context(self._backend.connections.joined(self, caller))
        self._scope.clear()  # It is not needed any more, and a browser's headers would take kilobytes per idle socket.
        self._deadline.reschedule(None)
        self._callers.append(caller)
        self._intake.caller_is_known()
        self._writer.limit_messages(self._intake.most_bytes)
        self._heartbeat.start()
        await self._outbox.control(server_messages.CONNECTION_ACK)

    async def _subscribe(self, request: Subscribe) -> None:
        self._check_may_begin(request.id)
        if self._backend.drain.has_begun:
            self.drain()  # A client that was not answered before the close sends the operation again.
            return
        if len(self._operations) >= self._limits.operations:
            most = f"A socket may run at most {self._limits.operations} operations at a time"
            await self._refuse(request.id, Code.THROTTLED, most)
            return
        self._begin(request, self._callers[0])

    def _check_may_begin(self, operation_id: str) -> None:
        if not self._callers:
            raise Closing(CloseCode.UNAUTHORIZED, "Unauthorized")
        existing = self._operations.get(operation_id)
        if existing is not None and not existing.is_over:
            raise Closing(CloseCode.SUBSCRIBER_ALREADY_EXISTS, f"Subscriber for {operation_id} already exists")

    async def _refuse(self, operation_id: str, code: Code, message: str) -> None:
        error = {"message": message, "extensions": {"code": code.value}}
        await self._outbox.control(server_messages.error(operation_id, [error]))

    def _begin(self, request: Subscribe, connected: Caller) -> None:
        operation = RunningOperation(request.id, server_messages.messages_of(request.id), self._outbox, self)
        self._operations[request.id] = operation
        operations = self._backend.operations
        running = operations.join(request, connected)
        if running is not None:
            operation.begin(running)
            return
        caller = connected.for_operation()
        begin = partial(operations.begin, request, caller)
        mask = partial(_masked, operations, caller)
        operation.task = self.start(partial(operation.answer, begin, caller.acting(), mask))
        operation.task.add_done_callback(lambda _: self._has_answered(operation))

    def _has_answered(self, operation: RunningOperation) -> None:
        operation.task = None
        if not operation.is_running:
            self.forget(operation)
        if self._is_draining:
            self.drain()

    def _complete(self, operation_id: str) -> None:
        operation = self._operations.pop(operation_id, None)
        if operation is not None:
            operation.cancel()

    def positioned(self) -> None:
        """The next ping has the cursor."""

    def forget(self, operation: RunningOperation) -> None:
        """Forget an operation that is over. The client may use its id again."""
        if self._operations.get(operation.id) is operation:  # The client may have used its id again.
            del self._operations[operation.id]

    def _ping(self) -> None:
        try:
            self._outbox.ping()
        except Disconnected:
            return  # The next event of the server is the disconnect.

    def _ping_frame(self) -> bytes:
        cursors = ((operation.id, operation.cursor) for operation in self._operations.values())
        return server_messages.ping({operation_id: cursor for operation_id, cursor in cursors if cursor})

    def _fall_silent(self) -> None:
        self.end(Lagged("No answer to pings"))

    def start(self, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Run work that waits, as a task that ends with the socket."""
        return self._tasks.start(work)


def _masked(operations: Operations, caller: Caller, error: Exception) -> Result:
    return operations.mask(error, caller)
