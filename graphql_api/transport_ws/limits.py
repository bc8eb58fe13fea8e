"""What one socket may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a socket.

    ``silence_seconds`` is how long a peer may say nothing, or leave more than a window unanswered. ``window_bytes`` is
    how much it is sent before it has answered a ping. ``messages_per_second`` is a mean over ten seconds; 0 is no
    limit. ``ready_frames`` lets :mod:`writers` go past ASGI's ``send``.
    """

    init_seconds: float = 10.0
    ping_seconds: float = 12.0
    silence_seconds: float = 50.0
    message_bytes: int = 1_048_576
    window_bytes: int = 1_000_000
    operations: int = 100
    messages_per_second: int = 200
    ready_frames: bool = True
