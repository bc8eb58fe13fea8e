"""What one socket may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a socket.

    ``silence_seconds`` is how long a peer may say nothing, or leave more than a window unanswered. ``window_bytes`` is
    how much it is sent before it has answered a ping. ``messages_per_second`` and ``bytes_per_second`` are means over
    ten seconds; 0 is no limit. ``first_messages``, each of ``first_message_bytes`` at most, is what it may send until
    ``connection_ack``. ``ready_frames`` lets :mod:`writers` go past ASGI's ``send``.
    """

    init_seconds: float = 10.0
    ping_seconds: float = 12.0
    silence_seconds: float = 50.0
    message_bytes: int = 1_048_576
    first_message_bytes: int = 16_384
    first_messages: int = 16
    window_bytes: int = 1_000_000
    operations: int = 100
    messages_per_second: int = 200
    bytes_per_second: int = 262_144
    ready_frames: bool = True
