"""What the resolver of a subscription returns to have events of its caller's stream told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from graphql_server.ports import Topic


@dataclass(frozen=True, slots=True)
class Follow:
    """The events of a topic: those after the cursor ``after`` and then those to come; without it, those to come.

    Subscriptions that ask alike with equal topics share one execution for each event.
    """

    topic: Topic
    after: str | None = None

    def __aiter__(self) -> AsyncIterator[Any]:
        """graphql-core asks for it before the subscription is run, and does not call it."""
        raise TypeError("The live part of the server runs it.")
