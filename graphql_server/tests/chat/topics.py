"""Which messages a subscription wants, and a number that follows the messages."""

from dataclasses import dataclass

from graphql_server.tests.chat.log import Message


@dataclass(frozen=True, slots=True)
class Containing:
    """Implements :class:`graphql_server.ports.Topic`: messages that contain a text."""

    text: str

    def matches(self, event: Message) -> bool:
        """Whether the message does."""
        return self.text in event.text


class Count:
    """Implements :class:`graphql_server.live.latest.State`: how many messages a room has ever had."""

    is_stale = False

    def __init__(self, position: int) -> None:
        self.position = position

    def apply(self, event: Message) -> None:
        """Count one more."""
        self.position = event.sequence

    def value(self) -> int:
        """The number now."""
        return self.position

    def seconds_valid(self) -> float | None:
        """Only a message changes the number."""
        return None
