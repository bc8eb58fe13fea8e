"""The value that a resolver returns to follow the events of its caller's tenant."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from graphql_server.ports.event_source import Topic


@dataclass(frozen=True, slots=True)
class Follow:
    """The events of a topic: those after the cursor ``after``, then those to come. Without a cursor, those to come.

    Equal subscriptions share one execution for each event.
    """

    topic: Topic
    after: str | None = None

    def __aiter__(self) -> AsyncIterator[Any]:
        """graphql-core checks that this method exists, and does not call it."""
        raise TypeError("The live part of the server runs it.")
