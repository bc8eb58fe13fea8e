"""The one place from which a socket sends. It counts bytes, and waits for a peer that does not read."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NoReturn, Protocol, TypeVar

from graphql_server.servers.writer import Writer
from graphql_server.websocket.closing import CloseCode, Closing
from graphql_server.websocket.window import Window

CONTROL_RESERVE_BYTES: Final = 65_536  # What may be sent above the window for acks, pongs and refusals.
CLOSE_SECONDS: Final = 2.0
ABORT_SECONDS: Final = 10.0


class Disconnected(Exception):
    """The peer is gone or the socket is closed: nothing can be sent."""


class Lagged(Closing):
    """The peer does not read the messages of its operations."""

    def __init__(self, reason: str = "Too far behind: pings were not answered in time") -> None:
        super().__init__(CloseCode.TIMEOUT, reason)


def _gone(*_: object) -> NoReturn:
    raise Disconnected


class Outbox:
    """Sends the messages of one socket, as ready JSON, and counts what the peer has answered.

    ``offer`` sends at once, without a task, where that is possible. ``start`` starts a task for work that has to wait.
    """

    __slots__ = (
        *("_closed", "_make_ping", "_patience_seconds", "_start", "_unsent", "_writer"),
        *("put", "window"),
    )

    def __init__(
        self,
        writer: Writer,
        window_bytes: int,
        make_ping: Callable[[], bytes],
        start: Callable[[Callable[[], Awaitable[None]]], object],
        patience_seconds: float,
    ) -> None:
        self._writer = writer
        self._unsent = writer.unsent
        self._make_ping = make_ping
        self._start = start
        self._patience_seconds = patience_seconds
        self._closed = False
        self.window = Window(window_bytes, is_direct=writer.put is not None)
        self.put = writer.put or _gone

    def offer(self, frame: bytes) -> bool:
        """Send a message of an operation if that is possible now. False: wait for ``room_for``, then offer it again."""
        window, size = self.window, len(frame)
        if window.is_held or self._closed or not window.fits(size) or self._unsent() > window.size:
            return False
        window.count(size)
        try:
            rest = self._writer.write(frame)
            if rest is not None:
                self._wait_for(rest)
            elif window.ping_is_due:
                self.ping()
        except (OSError, RuntimeError):
            self._shut()
            return False
        except Disconnected:
            return False
        return True

    async def data(self, frame: bytes) -> None:
        """Send a message of an operation; call ``room_for`` first."""
        await self._write_out(frame)
        if self.window.ping_is_due:
            self.ping()
            await asyncio.sleep(0)  # Daphne's send never waits, so a long catch-up would block other sockets.

    async def room_for(self, frame: bytes) -> None:
        """Wait until the peer has answered enough pings for this frame to go out.

        Raises:
            Lagged: it did not, for too long.
            Disconnected: the peer is gone.
        """
        if self._closed:
            raise Disconnected
        if self._has_room(len(frame)):
            return
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._wait_for_room(len(frame))
        except TimeoutError:
            raise Lagged from None

    async def control(self, frame: bytes) -> None:
        """Send an answer to a message that was just read, such as a pong, without waiting for room.

        Waiting would stop the reading of pongs, which make room.

        Raises:
            Closing: the peer does not read the answers.
        """
        if self.window.unanswered + len(frame) > self.window.size + CONTROL_RESERVE_BYTES:
            raise Closing(CloseCode.TIMEOUT, "Too far behind: answers are not read")
        await self._write_out(frame)

    def send_last(self, frame: bytes) -> bool:
        """Send a message right before the socket is closed, whether there is room for it or not.

        False: nothing was sent, because an earlier message waits for the server or was given up. Order is kept.
        """
        if self._closed or self.window.is_held:
            return False
        self._put(frame)
        return True

    def ping(self) -> None:
        """Send a ping with the cursors of all subscriptions, unless an earlier message waits for the server.

        Raises:
            Disconnected: the peer is gone.
        """
        if not self.window.is_held:
            frame = self._make_ping()
            self.window.count(len(frame))
            self.window.pinged()
            self._put(frame, counted=True)

    def release(self) -> None:
        """The socket has ended: send nothing more, and break reference cycles."""
        self._shut()
        self._start = self._make_ping = self.put = _gone
        self._writer.release()

    async def close(self, closing: Closing) -> None:
        """Close with a code and a reason. A peer that does not read them is aborted."""
        if self._closed:
            return
        self._shut()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._writer.close(closing.code, closing.reason)
        except TimeoutError:
            self._writer.abort()
        except (OSError, RuntimeError):
            return
        asyncio.get_running_loop().call_later(ABORT_SECONDS, self._writer.abort)

    def _shut(self) -> None:
        self._closed = True
        self.window.end()

    def _has_room(self, size: int) -> bool:
        # Pongs can be false. The number of bytes that the server still holds is not.
        return not self.window.is_held and self.window.fits(size) and self._unsent() <= self.window.size

    async def _wait_for_room(self, size: int) -> None:
        while not self._has_room(size):
            if self._closed:
                raise Disconnected
            if self.window.ping_would_help:
                self.ping()
            await self.window.answer()

    def _put(self, frame: bytes, *, counted: bool = False) -> None:
        """Hand a frame to the writer. If the writer makes its caller wait, a task waits."""
        rest = self._hand_over(frame, counted=counted)
        if rest is not None:
            self._wait_for(rest)

    def _wait_for(self, rest: Awaitable[None]) -> None:
        self.window.hold()
        self._start(lambda: self._finish(rest))

    async def _write_out(self, frame: bytes) -> None:
        rest = self._hand_over(frame)
        if rest is not None:
            self.window.hold()
            await self._finish(rest)

    async def _finish(self, rest: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(self._patience_seconds):
                await rest
        except TimeoutError:
            raise Lagged("Too far behind: nothing is read") from None
        except (OSError, RuntimeError) as error:
            self._shut()
            self.window.release()
            raise Disconnected from error
        self.window.release()  # Only now: nothing may follow a message that was given up.

    def _hand_over(self, frame: bytes, *, counted: bool = False) -> Awaitable[None] | None:
        if self._closed:
            raise Disconnected
        if not counted:
            self.window.count(len(frame))
        try:
            return self._writer.write(frame)
        except (OSError, RuntimeError) as error:  # RuntimeError: uvicorn has closed the socket for its own reason.
            self._shut()
            raise Disconnected from error


Cursor = Callable[[], str] | None
"""Makes the cursor after an event; None where there is none. Only some formats need it."""


class MessageFormat(Protocol):
    """Encodes an operation's messages for the wire. Payloads and messages are bytes of UTF-8.

    One object stands for all operations whose messages are equal.
    """

    def next(self, payload: bytes, cursor: Cursor = None) -> bytes:
        """A payload, which is JSON, as a message for the writer."""

    def ready(self, payload: bytes, cursor: Cursor = None) -> bytes:
        """A payload's message as the bytes that the writer's ``put`` takes."""

    def error(self, errors: Sequence[Mapping[str, Any]]) -> bytes:
        """The message that ends an operation with errors."""

    def complete(self) -> bytes:
        """The message that ends an operation."""


class Recipient(Protocol):
    """A subscriber that sends into an operation of a socket."""

    delivered: int
    """The sequence of the last event that it got."""

    @property
    def is_live(self) -> bool:
        """Whether it takes the next event at once."""

    @property
    def messages(self) -> MessageFormat:
        """The format of the operation's messages."""

    @property
    def outbox(self) -> Outbox:
        """The outbox of its socket."""


R = TypeVar("R", bound=Recipient)


def send_to_many(recipients: Iterable[R], sequence: int, payload: bytes, cursor: Cursor = None) -> list[R]:
    """Send the payload of an event, as JSON, to all recipients that wait for it and can take it now.

    Return the others that wait for it: offer the payload to each. This loop runs once for each subscriber and event.
    Most of its cost is the kernel's. With thousands of subscribers each further attribute that it reads is measurable.
    """
    missed = []
    messages, ready, size = None, b"", 0
    for recipient in recipients:
        if not recipient.is_live or recipient.delivered >= sequence:
            continue
        if recipient.messages is not messages:
            messages = recipient.messages
            ready = messages.ready(payload, cursor)
            size = len(ready)
        outbox = recipient.outbox
        window = outbox.window
        sent = window.sent + size
        if sent > window.free:
            missed.append(recipient)
            continue
        try:
            outbox.put(ready)
        except (OSError, RuntimeError):  # The socket is closing.
            missed.append(recipient)
        else:
            window.sent = sent
            recipient.delivered = sequence
    return missed
