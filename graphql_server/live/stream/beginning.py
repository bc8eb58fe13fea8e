"""Finds where a follower of a feed begins: after a position that the log has, or at its settled head."""

import asyncio
from collections.abc import Callable

from graphql_server.live.stream.feed import Feed
from graphql_server.ports.event_source import Ahead


async def begin(feed: Feed, after: int | None) -> int:
    """The position to follow from: ``after``, or the settled head if that is None. ``head`` is not behind it then.

    Raises:
        Ahead: ``after`` is ahead of the stream.
    """
    if after is None:
        return await feed.settled_head()
    if not feed.reaches(after):
        check(feed, after, await feed.read_on())
    return after


def check(feed: Feed, position: int, head: int) -> None:
    """Check a position against the head of the stream, which has just been read.

    Raises:
        Ahead: the position is ahead of the stream. No position is given out before its event has its sequence.
    """
    if position > head and not feed.reaches(position):
        raise Ahead(head)


def when_begun(feed: Feed, after: int | None, callback: Callable[[int | Exception], None]) -> None:
    """Call ``callback`` with what ``begin`` returns or raises: for subscribers without a task."""

    def answer(asked: asyncio.Task[int]) -> None:
        if not asked.cancelled():
            callback(outcome_of(feed, after, asked))

    (feed.settling if after is None else feed.reading).result().add_done_callback(answer)


def outcome_of(feed: Feed, after: int | None, asked: asyncio.Task[int]) -> int | Exception:
    """The position, or why there is none."""
    try:
        head = asked.result()
        if after is not None:
            check(feed, after, head)
    except Exception as error:  # There is no database, or the position is ahead of the stream.
        return error
    return head if after is None else after
