"""The schema of the chat: one query, one mutation, three subscriptions. The README of the library shows it."""

from collections.abc import AsyncGenerator
from typing import Any, cast

import strawberry
from strawberry.types import Info

from graphql_server import ApiError, Code, Follow, Latest
from graphql_server.tests.chat.log import MessageLog
from graphql_server.tests.chat.people import READ
from graphql_server.tests.chat.topics import Containing, Count

log = MessageLog()
cursor_of = log.encode


def room_of(info: Info[Any, Any]) -> str:
    """The room of the caller.

    Raises:
        ApiError: the person may not read.
    """
    caller = info.context.caller
    if READ not in caller.scopes:
        raise ApiError(Code.FORBIDDEN, "You may not read here.")
    return str(caller.tenant_id)


@strawberry.type
class Message:
    """A text that a person said. A subscription that begins after ``cursor`` goes on with the next message."""

    author: str
    text: str

    @strawberry.field
    def cursor(self, info: Info[Any, Any]) -> str:
        return cursor_of(room_of(info), self.sequence)  # type: ignore[attr-defined]  # ``self`` is the log's message


@strawberry.type
class Query:
    """Reads messages."""

    @strawberry.field
    def messages(self, info: Info[Any, Any], first: int = 10) -> list[Message]:
        return cast("list[Message]", log.read(room_of(info), 0, limit=first, most_bytes=100_000))


@strawberry.type
class Mutation:
    """Adds messages."""

    @strawberry.mutation
    def say(self, info: Info[Any, Any], text: str) -> Message:
        return cast("Message", log.say(room_of(info), info.context.caller.actor, text))


@strawberry.type
class Subscription:
    """Streams new messages, and their number."""

    @strawberry.subscription
    def messages(
        self, info: Info[Any, Any], containing: str = "", after: str | None = None
    ) -> AsyncGenerator[Message, None]:
        room_of(info)
        return cast("AsyncGenerator[Message, None]", Follow(Containing(containing), after))

    @strawberry.subscription
    def count(self, info: Info[Any, Any]) -> AsyncGenerator[int, None]:
        room = room_of(info)
        return cast("AsyncGenerator[int, None]", Latest("count", lambda: Count(log.head(room))))

    @strawberry.subscription
    async def countdown(self, start: int) -> AsyncGenerator[int, None]:
        for number in range(start, 0, -1):
            yield number


schema = strawberry.Schema(Query, Mutation, Subscription)
