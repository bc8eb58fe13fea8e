"""Limits what a peer may send. Each message is counted by its size before it is parsed."""

from typing import Final

from graphql_server.limits import SocketLimits
from graphql_server.rfc6455.rate_limit import RateLimit
from graphql_server.websocket.closing import CloseCode, Closing

LARGE_BYTES: Final = 1000
"""Larger messages are also charged to the caller."""


class Intake:
    """Counts the messages of one socket and their bytes. Until the caller is known, smaller limits hold."""

    __slots__ = ("_bytes", "_first", "_limits", "_messages", "most_bytes")

    def __init__(self, limits: SocketLimits, now: float) -> None:
        self._limits = limits
        self._messages = RateLimit(limits.messages_per_second, now)
        self._bytes = RateLimit(limits.bytes_per_second, now)
        self._first: int | None = limits.first_messages
        self.most_bytes = min(limits.first_message_bytes, limits.message_bytes)
        """The limit of a message's size now, in bytes."""

    def caller_is_known(self) -> None:
        """The caller is known: the full limits hold from now on."""
        self._first = None
        self.most_bytes = self._limits.message_bytes

    def charge(self, text: str | None, now: float) -> int:
        """Count a message (None: a binary one), and return its size in bytes.

        Raises:
            Closing: 1008 for too many messages or bytes, 1009 for one that is too long.
        """
        if self._first is not None:
            self._first -= 1
        if self._first is not None and self._first < 0:
            raise _too_many(f"messages before connection_ack: at most {self._limits.first_messages:,} are allowed")
        if not self._messages.allows(now):
            raise _too_many(f"messages: at most {self._limits.messages_per_second:,} a second are allowed")
        size = size_of(text)
        if size > self.most_bytes:
            before = "" if self._first is None else " before connection_ack"
            raise Closing(CloseCode.MESSAGE_TOO_BIG, f"A message may have at most {self.most_bytes} bytes{before}")
        if not self._bytes.allows(now, size):
            raise _too_many(f"bytes: at most {self._limits.bytes_per_second:,} a second are allowed")
        return size


def size_of(text: str | None) -> int:
    """The length of a message in bytes of UTF-8."""
    if text is None:
        return 0
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def _too_many(what: str) -> Closing:
    return Closing(CloseCode.POLICY_VIOLATION, f"Too many {what}")
