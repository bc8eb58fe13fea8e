"""The one place from which a socket sends: bytes are counted here, and a peer that does not read is waited for."""

import asyncio
from collections.abc import Callable
from typing import Final

from graphql_api.transport_ws import asgi
from graphql_api.transport_ws.closing import CloseCode, Closing
from graphql_api.transport_ws.window import Window

CONTROL_RESERVE_BYTES: Final = 65_536  # What may go out above the window for acks, pongs and refusals.
CLOSE_SECONDS: Final = 2.0
ABORT_SECONDS: Final = 10.0


class Disconnected(Exception):
    """The peer is gone, or the socket closed: there is nobody to send to."""


class Outbox:
    """Sends ready JSON; knows what the peer has answered, and whether it is still there."""

    __slots__ = ("_closed", "_make_ping", "_patience_seconds", "_send", "window")

    def __init__(
        self, send: asgi.Send, window: Window, make_ping: Callable[[], bytes], patience_seconds: float
    ) -> None:
        self._send = send
        self._make_ping = make_ping
        self._patience_seconds = patience_seconds
        self._closed = False
        self.window = window

    async def data(self, frame: bytes) -> None:
        """Send a message of an operation; call ``room_for`` first."""
        await self._write(frame)
        if self.window.ping_is_due:
            await self.ping()
            await asyncio.sleep(0)  # Daphne's send never gives way: a long catch-up would starve the other sockets.

    async def room_for(self, frame: bytes) -> None:
        """Wait until the peer has answered enough pings for this frame to go out.

        Raises:
            Closing: it did not, for too long.
        """
        if self._has_room(len(frame)):
            return
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._wait_for_room(len(frame))
        except TimeoutError:
            raise Closing(CloseCode.TIMEOUT, "Too far behind: pings were not answered in time") from None

    async def control(self, frame: bytes) -> None:
        """Send at once what no operation sends: an answer to a message just read.

        It must not wait for a pong, which nobody would read then.

        Raises:
            Closing: the peer talks, and does not read the answers.
        """
        if self.window.unanswered + len(frame) > self.window.size + CONTROL_RESERVE_BYTES:
            raise Closing(CloseCode.TIMEOUT, "Too far behind: answers are not read")
        await self._write(frame)

    async def ping(self) -> None:
        """Ask the peer to show that it got everything so far, and tell it its cursors."""
        frame = self._make_ping()
        self.window.count(len(frame))
        self.window.pinged()
        await self._write(frame, counted=True)

    async def close(self, closing: Closing) -> None:
        """Say why and close; a peer that does not take it is cut off."""
        if self._closed:
            return
        self._closed = True
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await asgi.close(self._send, closing.code, closing.reason)
        except TimeoutError:
            asgi.abort(self._send)
        except (OSError, RuntimeError):
            return
        asyncio.get_running_loop().call_later(ABORT_SECONDS, asgi.abort, self._send)

    def _has_room(self, size: int) -> bool:
        # A peer may lie in its pongs; what the server still holds for it does not.
        return self.window.fits(size) and asgi.unsent_bytes(self._send) <= self.window.size

    async def _wait_for_room(self, size: int) -> None:
        while not self._has_room(size):
            if self.window.ping_would_help:
                await self.ping()
            await self.window.answer()

    async def _write(self, frame: bytes, *, counted: bool = False) -> None:
        if self._closed:
            raise Disconnected
        if not counted:
            self.window.count(len(frame))
        try:
            await self._send({"type": "websocket.send", "text": frame.decode()})
        except (OSError, RuntimeError) as error:  # RuntimeError: uvicorn has closed the socket for a reason of its own.
            self._closed = True
            raise Disconnected from error
