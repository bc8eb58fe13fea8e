"""Close codes and reasons."""

from enum import IntEnum
from typing import Final

MAX_REASON_BYTES: Final = 123  # RFC 6455, 5.5: a control frame carries at most 125 bytes, two of them the code.


class CloseCode(IntEnum):
    """Codes 4xxx are graphql-transport-ws's (PROTOCOL.md), 1xxx are WebSocket's (RFC 6455, 7.4, and IANA's registry).

    npm's graphql-ws client tries again after 1001, 1012, 1013, 4403 and 4408, and gives up after the others.
    """

    GOING_AWAY = 1001
    """The server is shutting down at once."""
    POLICY_VIOLATION = 1008
    """Too many messages or bytes."""
    MESSAGE_TOO_BIG = 1009
    SERVICE_RESTART = 1012
    """The server drains: connect again at once, and go on after the last cursor."""
    TRY_AGAIN_LATER = 1013
    """The caller can't be read from the database, or there are too many sockets or failed attempts."""
    BAD_REQUEST = 4400
    """Not a message of the protocol; the reason says what is wrong with it."""
    UNAUTHORIZED = 4401
    """An operation before ``connection_ack``, or ``connection_init`` without any credentials."""
    FORBIDDEN = 4403
    """Credentials that are not valid, not allowed for this page or host, or have ended."""
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    TIMEOUT = 4408
    """No ``connection_init`` in time; later, pings that were not answered in time."""
    SUBSCRIBER_ALREADY_EXISTS = 4409
    TOO_MANY_INITIALISATION_REQUESTS = 4429
    INTERNAL_SERVER_ERROR = 4500


class Closing(Exception):
    """Raised to close the socket, with a code and a reason for the client's developer."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = _shortened(reason)


def _shortened(reason: str) -> str:
    """The reason, cut between two characters to fit into a close frame."""
    encoded = reason.encode(errors="replace")
    if len(encoded) <= MAX_REASON_BYTES:
        return encoded.decode()
    return encoded[: MAX_REASON_BYTES - 3].decode(errors="ignore") + "…"
