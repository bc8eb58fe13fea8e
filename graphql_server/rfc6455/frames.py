"""WebSocket frames, as a server reads and writes them: RFC 6455, section 5, without extensions."""

from enum import IntEnum
from typing import Final, NamedTuple

from graphql_server.rfc6455.mask import apply_mask

SMALL: Final = 126  # From here on two more bytes say how long a frame is, from LARGE on eight.
LARGE: Final = 65_536
FIN, RESERVED, OPCODE, MASKED, LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F
CONTROL: Final = 0x8
"""The bit that control frames have in their opcode. They have at most 125 bytes, and are not fragmented."""
NO_STATUS: Final = 1005
MAY_BE_SENT: Final = {1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)}
"""The codes that a peer may close with (7.4)."""


class Opcode(IntEnum):
    """The kind of a frame (RFC 6455, 5.2)."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


KNOWN: Final = {opcode.value: opcode for opcode in Opcode}


class Message(NamedTuple):
    """A complete message, or a control frame."""

    opcode: Opcode
    payload: bytes


FRAGMENT: Final = Message(Opcode.CONTINUATION, b"")
"""Stands for a fragment that is not the last one of its message."""


class Violation(Exception):
    """The peer has broken the protocol; the connection fails with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


def frame(opcode: Opcode, payload: bytes) -> bytes:
    """The bytes of a complete frame. A server does not mask frames (RFC 6455, 5.1)."""
    size, first = len(payload), bytes((FIN | opcode,))
    if size < SMALL:
        return first + bytes((size,)) + payload
    if size < LARGE:
        return first + b"\x7e" + size.to_bytes(2, "big") + payload
    return first + b"\x7f" + size.to_bytes(8, "big") + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """A close frame; ``NO_STATUS`` answers one that had no code."""
    payload = b"" if code == NO_STATUS else code.to_bytes(2, "big") + reason.encode()
    return frame(Opcode.CLOSE, payload)


def read_close(payload: bytes) -> tuple[int, str]:
    """The code and reason of a close frame.

    Raises:
        Violation: the payload is not allowed (7.4).
    """
    if not payload:
        return NO_STATUS, ""
    try:
        code, reason = int.from_bytes(payload[:2], "big"), payload[2:].decode()
    except UnicodeDecodeError:
        raise Violation(1007, "invalid UTF-8 in a close frame") from None
    if len(payload) < 2 or code not in MAY_BE_SENT:
        raise Violation(1002, "invalid close frame")
    return code, reason


def text_of(payload: bytes) -> str:
    """The text of a text message.

    Raises:
        Violation: the bytes are not UTF-8 (8.1).
    """
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise Violation(1007, "invalid UTF-8") from None


class Reader:
    """Reads a client's bytes, and returns each frame once it is complete."""

    __slots__ = ("_buffer", "_fragments", "_kind", "_needed", "_place", "max_bytes", "size")

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        """The most bytes of a message. May be changed between two frames."""
        self.size = 0
        """The payload of the last frame, in bytes."""
        self._buffer: bytes | bytearray = b""
        self._place = 0
        """The start of the next frame in the buffer."""
        self._needed = 2
        """The bytes that must follow that place before a frame can be read."""
        self._kind: Opcode | None = None
        self._fragments = bytearray()

    def feed(self, data: bytes) -> None:
        """Add bytes; ``next_frame`` returns the complete frames in them."""
        self._drop_read()
        self._buffer = self._with(data) if self._buffer else data

    def next_frame(self) -> Message | None:
        """The next frame: a whole message, a control frame, or ``FRAGMENT``; None until more bytes have come.

        Raises:
            Violation: the peer has broken the protocol.
        """
        if len(self._buffer) - self._place >= self._needed and (found := self._frame()) is not None:
            return found
        self._drop_read()
        return None

    def _drop_read(self) -> None:
        """Drop the bytes that have been read."""
        if self._place:
            self._buffer, self._place = self._buffer[self._place :] or b"", 0

    def _with(self, data: bytes) -> bytearray:
        """The buffer with more bytes. It grows in place, so that a peer that sends single bytes causes no copies."""
        whole = self._buffer if isinstance(self._buffer, bytearray) else bytearray(self._buffer)
        whole += data
        return whole

    def _frame(self) -> Message | None:
        """The frame at the place; None if it is incomplete, and then ``_needed`` says how many bytes it takes."""
        buffer, start = self._buffer, self._place
        first, second = buffer[start], buffer[start + 1]
        length, body = second & LENGTH, start + 2
        if length >= SMALL:
            extra = 2 if length == SMALL else 8
            if len(buffer) - body < extra:
                self._needed = 2 + extra
                return None
            length, body = int.from_bytes(buffer[body : body + extra], "big"), body + extra
        opcode = self._checked(first, second, length)
        end = body + 4 + length
        if len(buffer) < end:
            self._needed = end - start
            return None
        self._needed, self._place, self.size = 2, end, length
        payload = apply_mask(buffer[body + 4 : end], buffer[body : body + 4])
        return self._message(opcode, payload, is_last=bool(first & FIN))

    def _checked(self, first: int, second: int, length: int) -> Opcode:
        """The frame's opcode, after its head has been checked."""
        opcode = KNOWN.get(first & OPCODE)
        if opcode is None or first & RESERVED:
            raise Violation(1002, "reserved bits or opcode")
        if not second & MASKED:
            raise Violation(1002, "incorrect masking")
        if opcode & CONTROL:
            if length >= SMALL or not first & FIN:
                raise Violation(1002, "a control frame is too long or fragmented")
            if opcode is Opcode.CLOSE and self._kind is not None:
                raise Violation(1002, "a close frame within a message")
        elif (opcode is Opcode.CONTINUATION) != (self._kind is not None):
            raise Violation(1002, "an unexpected continuation frame, or a missing one")
        elif length + len(self._fragments) > self.max_bytes:
            raise Violation(1009, f"over the limit of {self.max_bytes} bytes")
        return opcode

    def _message(self, opcode: Opcode, payload: bytes, *, is_last: bool) -> Message:
        """The message that ends with this frame, or ``FRAGMENT``."""
        if opcode & CONTROL:
            return Message(opcode, payload)
        if is_last and self._kind is None:
            return Message(opcode, payload)
        kind = self._kind or opcode
        self._fragments += payload
        if not is_last:
            self._kind = kind
            return FRAGMENT
        message = Message(kind, bytes(self._fragments))
        self._kind, self._fragments = None, bytearray()
        return message
