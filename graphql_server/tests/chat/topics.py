"""The topics of subscriptions, and a number that is kept up to date by messages."""

from dataclasses import dataclass

from graphql_server.tests.chat.log import Message


@dataclass(frozen=True, slots=True)
class Containing:
    """Implements :class:`graphql_server.ports.event_source.Topic`: messages that contain a text."""

    text: str

    def matches(self, event: Message) -> bool:
        """Whether the message contains the text."""
        return self.text in event.text

    @property
    def requirement(self) -> None:
        """Any message may contain the text."""


class Count:
    """Implements :class:`graphql_server.live.latest.State`: how many messages a room has ever had."""

    is_stale = False

    def __init__(self, position: int) -> None:
        self.position = position

    def apply(self, event: Message) -> None:
        """Count one message more."""
        self.position = event.sequence

    def value(self) -> int:
        """The present number."""
        return self.position

    def seconds_valid(self) -> float | None:
        """Only a message changes the number."""
        return None
