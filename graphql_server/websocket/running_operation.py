"""An operation of a socket, from its ``subscribe`` to its ``error`` or ``complete``."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, runtime_checkable

import orjson

from graphql_server.errors import Code
from graphql_server.websocket.closing import Closing
from graphql_server.websocket.outbox import Cursor, Disconnected, MessageFormat, Outbox

Result = Mapping[str, Any]
LAGGED = "You read too slowly, or did not answer. Go on after `cursor`."


@runtime_checkable
class Subscription(Protocol):
    """A subscription that sends payloads into its operation; an idle one may do without a task.

    It gives its operation ready JSON with ``offer``, waits with ``room`` where that is not taken, or does both with
    ``send``. It ends its operation with ``fail`` or ``complete``. ``renew`` is awaited when the caller's rights have
    changed: the subscription goes on under the new rights, or fails.
    """

    @property
    def cursor(self) -> str | None:
        """The cursor up to which the client is served, if the subscription knows it; the server's pings carry it."""

    def begin(self, operation: "RunningOperation") -> None: ...

    def stop(self) -> None: ...

    async def renew(self, caller: Any) -> None: ...


class Socket(Protocol):
    """The socket as an operation sees it."""

    def start(self, work: Callable[[], Awaitable[None]]) -> "asyncio.Task[None]":
        """Run work that waits, as a task that ends with the socket."""

    def positioned(self) -> None:
        """A subscription knows for the first time where it begins: ``cursor`` has it."""

    def forget(self, operation: "RunningOperation") -> None:
        """Forget an operation that is over. The client may use its id again."""


class RunningOperation:
    """Sends the messages of one operation. Sends nothing after its end."""

    __slots__ = ("_renewed", "_socket", "_subscription", "id", "is_over", "messages", "outbox", "task")

    def __init__(self, operation_id: str, messages: MessageFormat, outbox: Outbox, socket: Socket) -> None:
        self.id = operation_id
        self.is_over = False
        self.task: asyncio.Task[None] | None = None
        self.messages = messages
        self.outbox = outbox
        self._socket = socket
        self._subscription: Subscription | None = None
        self._renewed: Any = None  # The caller with new rights, if they changed while the operation began.

    @property
    def cursor(self) -> str | None:
        """The cursor of the operation's subscription, if it has one."""
        return None if self._subscription is None else self._subscription.cursor

    @property
    def is_running(self) -> bool:
        """Whether a subscription goes on to send into it."""
        return not self.is_over and self._subscription is not None

    def cancel(self) -> None:
        """End the operation without another message."""
        self.is_over = True
        if self.task is not None:
            self.task.cancel()
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            subscription.stop()

    def begin(self, subscription: Subscription) -> None:
        """Let a subscription send into this operation from now on."""
        self._subscription = subscription
        subscription.begin(self)
        if self._renewed is not None:
            self._socket.start(lambda: subscription.renew(self._renewed))

    def positioned(self) -> None:
        """The subscription, which began without a cursor, has one from now on."""
        self._socket.positioned()

    def offer(self, payload: bytes, cursor: Cursor = None) -> bool:
        """Send a payload if that is possible now. False: wait for ``room``, then offer it again."""
        return not self.is_over and self.outbox.offer(self.messages.next(payload, cursor))

    async def room(self, payload: bytes, cursor: Cursor = None) -> None:
        """Wait until there is room for a payload.

        Raises:
            Lagged: there was none, for too long.
            Disconnected: the peer is gone.
        """
        await self.outbox.room_for(self.messages.next(payload, cursor))

    def start(self, work: Callable[[], Awaitable[None]]) -> "asyncio.Task[None]":
        """Run work that waits, as a task that ends with the socket."""
        return self._socket.start(work)

    async def send(self, payload: bytes, cursor: Cursor = None) -> None:
        """Send a payload as soon as there is room for it.

        Raises:
            Lagged: there was none, for too long.
            Disconnected: the peer is gone.
        """
        message = self.messages.next(payload, cursor)
        await self.outbox.room_for(message)
        if not self.is_over:
            await self.outbox.data(message)

    def fail(self, errors: Sequence[Result]) -> None:
        """End it with errors, after what was sent before."""
        self._socket.start(lambda: self._end(self.messages.error(errors)))

    def complete(self) -> None:
        """End it, after what was sent before."""
        self._socket.start(lambda: self._end(self.messages.complete()))

    def report_lag(self) -> bool:
        """Before the socket is closed, send the cursor that the subscription can go on after; False if that fails.

        A client that reads this message has read all earlier ones.
        """
        cursor = self.cursor
        if cursor is None or self.is_over:
            return True
        self.is_over = True
        error = {"message": LAGGED, "extensions": {"code": Code.STREAM_LAGGED.value, "cursor": cursor}}
        return self.outbox.send_last(self.messages.error([error]))

    def complete_last(self) -> None:
        """Complete a subscription right before the socket is closed, without waiting for room."""
        if self.is_running:
            self.is_over = True
            self.outbox.send_last(self.messages.complete())

    async def renew(self, caller: Any) -> None:
        """Go on under other rights, or end with the errors that say why not."""
        self._renewed = caller
        if self._subscription is not None:
            await self._subscription.renew(caller)

    async def answer(
        self,
        begin: Callable[[], Awaitable[Result | Subscription]],
        acting: AbstractContextManager[object],
        mask: Callable[[Exception], Result],
    ) -> None:
        """Run a query or mutation to its end, or begin a subscription.

        Args:
            begin: begins the operation and returns its response, or the subscription.
            acting: entered round all of the operation's work.
            mask: turns an exception into the error that a client may see.

        Raises:
            Closing: the peer does not take the answers.
            Disconnected: the peer is gone.
        """
        with acting:
            try:
                await self._answer(await begin())
            except (Closing, Disconnected):
                raise
            except Exception as error:  # Whatever fails ends this operation, never the socket.
                await self._end(self.messages.error([mask(error)]))

    async def _answer(self, outcome: Result | Subscription) -> None:
        if isinstance(outcome, Subscription):
            if not self.is_over:
                self.begin(outcome)
        elif "data" in outcome:
            await self.send(orjson.dumps(outcome))
            await self._end(self.messages.complete())
        else:  # A request error: nothing was executed (GraphQL specification, 7.1).
            await self._end(self.messages.error(outcome["errors"]))

    async def _end(self, frame: bytes) -> None:
        await self.outbox.room_for(frame)
        if not self.is_over:
            self.is_over = True  # Before it is sent: the client may use the id again as soon as it has read this.
            self._socket.forget(self)
            await self.outbox.data(frame)
