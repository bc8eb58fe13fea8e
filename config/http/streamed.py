"""Sends the answers that a view of the REST API only begins: streams of events, tables of orders.

Django's request is over by then, so that its thread, its slot and its database connection are free. What is sent is
read in blocks, each in its turn, and the next one only when the client has taken the one before. An open stream counts
as a socket of the GraphQL server does: for the limits of their number, the rights of its caller, and the drain.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from http import HTTPStatus
from typing import Final

import structlog

from config.http import body_blocks
from config.http.refusals import refuse
from graphql_server import GraphQLServer
from graphql_server.asgi_types import App, Message, Receive, Scope, Send
from graphql_server.errors import ApiError
from graphql_server.execution.slots import Slots
from graphql_server.http.endpoint import UntilGone
from graphql_server.http.headers import address_of
from graphql_server.servers.stream_writers import StreamWriter
from graphql_server.servers.writers import stream_writer_of
from graphql_server.websocket.closing import Closing
from orders.rest.streaming import SCOPE_KEY, EventStream, StreamedAnswer
from tenants.context import Caller

logger = structlog.get_logger(__name__)

SCOPE_TO_READ: Final = "orders:read"
MOST_UNSENT: Final = 1_048_576
"""While the server holds more bytes than this for a client, nothing is read for the client."""
RETRY_AFTER_SECONDS: Final = 5
BLANK: Final = b"\n"
"""A heartbeat: a line without an event."""


class Connection:
    """An open stream, as the GraphQL server's registry and drain see it."""

    def __init__(self, sending: "asyncio.Task[None]", *, is_endless: bool) -> None:
        self.sending = sending
        self.is_endless = is_endless
        self.is_cut = False

    def end(self, closing: Closing) -> None:
        """The caller's rights have ended."""
        logger.info("stream_ended", reason=closing.reason)
        self.cut()

    def renew(self, caller: Caller) -> None:
        """The caller has other rights from now on."""
        if SCOPE_TO_READ not in caller.scopes:
            self.cut()

    def drain(self) -> None:
        """Cut a stream without an end: its client comes back, to another process. A table may be sent to its end."""
        if self.is_endless:
            self.cut()

    def cut(self) -> None:
        """Break off."""
        self.is_cut = True
        self.sending.cancel()


class Streamed:
    """ASGI middleware: sends the rest of an answer for which the application leaves a source in the scope.

    Args:
        app: the application, which may fill the :class:`StreamedAnswer` in the scope.
        server: counts the open streams, and knows the tenants' events.
        slots: the slots that requests of the REST API share; reading a block takes one.
    """

    def __init__(self, app: App, server: GraphQLServer, slots: Slots) -> None:
        self.app = app
        self.server = server
        self.slots = slots
        self.silence_seconds = server.executor.limits.socket.silence_seconds
        """Seconds for which a client may read nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer, head = StreamedAnswer(), None

        async def held(message: Message) -> None:
            nonlocal head
            if answer.source is None:
                await send(message)
            elif message["type"] == "http.response.start":
                head = message

        await self.app({**scope, SCOPE_KEY: answer}, receive, held)
        if head is not None and answer.source is not None and answer.caller is not None:
            with UntilGone(receive):
                await self.serve(answer.caller, answer.source, head, address_of(scope), send)

    async def serve(
        self, caller: Caller, source: body_blocks.Source, head: Message, address: str | None, send: Send
    ) -> None:
        """Send the head and the body. A body that can't be completed is cut off, which the client sees."""
        sending = asyncio.create_task(self.send_all(caller, source, head, send))
        connection = Connection(sending, is_endless=isinstance(source, EventStream) and source.until is None)
        try:
            with self.server.keeping(connection, caller, address):
                await sending
        except Closing as refused:
            await refuse(
                send,
                HTTPStatus.TOO_MANY_REQUESTS,
                refused.reason,
                retry_after=RETRY_AFTER_SECONDS,
                request_id=caller.request_id,
            )
        except asyncio.CancelledError:
            if not connection.is_cut:  # The client is gone, or the web server ends.
                raise
        except Exception as error:
            logger.warning("stream_broken_off", error=type(error).__name__, request_id=caller.request_id)
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await sending

    async def send_all(self, caller: Caller, source: body_blocks.Source, head: Message, send: Send) -> None:
        """Send the head, and then the body; what can't be completed is cut off."""
        await send(without_length(head))
        writer = stream_writer_of(send)  # Not before the head: Daphne's has a head written if there is none.
        try:
            await self.send_body(caller, source, writer)
        except BaseException:
            writer.abort()
            raise

    async def send_body(self, caller: Caller, source: body_blocks.Source, writer: StreamWriter) -> None:
        """Send everything, at the client's pace."""
        async with aclosing(self.blocks_of(caller, source)) as parts:
            async for part, points in parts:
                await self.pay(caller, points)
                await send_part(writer, part, self.silence_seconds)
        await writer.close(0, "")

    def blocks_of(self, caller: Caller, source: body_blocks.Source) -> AsyncGenerator[body_blocks.Block, None]:
        """The body in blocks."""
        if isinstance(source, EventStream):
            seconds = self.server.executor.limits.socket.ping_seconds
            return body_blocks.of_events(
                self.server.live.here(), caller, source, heartbeat_seconds=seconds, heartbeat=BLANK
            )
        return body_blocks.of_table(self.slots, caller, source)

    async def pay(self, caller: Caller, points: int) -> None:
        """Take the points for a block; with too few, wait for them: the stream becomes slow, not shorter."""
        meter = self.server.executor.meter
        while points:
            try:
                if not meter.take_at_once(caller, points):
                    await asyncio.to_thread(meter.take, caller, points)
            except ApiError as error:
                await asyncio.sleep((error.extensions or {}).get("retryAfterSeconds", 1))
            else:
                return


async def send_part(writer: StreamWriter, part: bytes, seconds: float) -> None:
    """Send a part, and wait until most of it has left this process.

    Raises:
        TimeoutError: the client has read too little for ``seconds``.
    """
    async with asyncio.timeout(seconds):
        await writer.send({"type": "http.response.body", "body": part, "more_body": True})
    left = writer.unsent()
    while left > MOST_UNSENT:
        async with asyncio.timeout(seconds):
            while writer.unsent() >= left:
                await writer.drained()
        left = writer.unsent()


def without_length(head: Message) -> Message:
    """The head of a body whose length is not known."""
    return {**head, "headers": [(name, value) for name, value in head["headers"] if name.lower() != b"content-length"]}
