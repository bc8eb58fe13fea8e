"""The ASGI types, and the three things that ASGI has no word for: cut, unsent, and close with any code and reason."""

from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any, cast

from graphql_server.servers import daphne

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def abort(send: Send) -> None:
    """Cut the TCP connection under ``send`` at once, unsent bytes included; without effect where it can't be found."""
    transport = getattr(protocol_of(send), "transport", None)
    cut = getattr(transport, "abort", None) or getattr(transport, "abortConnection", None)
    if cut is not None:
        cut()


def let_go(send: Send) -> None:
    """Free what uvicorn's protocol object holds in a circle, once the peer is gone: the collector may be hours away."""
    protocol = protocol_of(send)
    transport, parser = getattr(protocol, "transport", None), getattr(getattr(protocol, "conn", None), "parser", None)
    if parser is not None and transport is not None and transport.is_closing():
        parser.close()


def meter_of(send: Send) -> Callable[[], int]:
    """Counts the bytes that the server still holds for this peer; 0 where that can't be seen.

    uvicorn's ``send`` waits for a slow reader. Daphne's never does, and buffers without bound.
    """
    transport = getattr(protocol_of(send), "transport", None)
    if size := getattr(transport, "get_write_buffer_size", None):
        return cast("Callable[[], int]", size)
    return partial(daphne.unsent, transport) if transport is not None else _nothing


def bound_messages(send: Send, most_bytes: int) -> None:
    """Have the server fail a socket for messages of more than twice as many bytes, where it can be told so.

    The application, which reads what is between, can say more exactly what is wrong.
    """
    protocol = protocol_of(send)
    daphne.bound(protocol)
    if limit := getattr(protocol, "limit_messages", None):
        limit(2 * most_bytes)


def _nothing() -> int:
    return 0


async def close(send: Send, code: int, reason: str) -> None:
    """Close an accepted socket.

    Daphne's own close drops the reason and refuses codes like 1001, so its protocol object is asked directly.
    """
    send_close_frame = getattr(protocol_of(send), "sendCloseFrame", None)
    if send_close_frame is not None:
        send_close_frame(code=code, reasonUtf8=reason.encode())
    else:
        await send({"type": "websocket.close", "code": code, "reason": reason})


def protocol_of(send: Send) -> object:
    """The server's protocol object behind ``send``: uvicorn's is its bound method, Daphne's a partial over it."""
    if isinstance(send, partial):
        return send.args[0] if send.args else None
    return getattr(send, "__self__", None)
