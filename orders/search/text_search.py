"""Orders by words of their search text, on PostgreSQL by an index of trigrams.

LIKE reads a tenant's orders one by one, newest first. That ends soon if many orders contain the words, and reads all of
them if few do: the index finds those.
"""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from django.db import connection

from orders.search.filters import AllOf, Condition, Mentions, Not, is_storable

SHORTEST: Final = 3
"""How many characters a word has at least that the index can find."""
MOST: Final = 1000
"""How many orders are few."""
FIND: Final = "SELECT orders_mentioning(%s::text[], %s)"


def few_mentioning(condition: Condition | None) -> list[UUID] | None:
    """All orders of the current tenant that contain the words of the condition, if they are few; otherwise None.

    Every committed order that matches the condition is among them. Runs one statement, or none if there is nothing to
    search for: no word of three characters that each order has to contain, or no PostgreSQL.
    """
    words = sorted(set(words_of(condition)))
    if connection.vendor != "postgresql" or not all(map(is_storable, words)):
        return None
    if not any(len(word) >= SHORTEST for word in words):
        return None
    with connection.cursor() as cursor:
        cursor.execute(FIND, [words, MOST])
        found: list[UUID] | None = cursor.fetchone()[0]
    return found


def searches_text(condition: Condition | None) -> bool:
    """Whether the condition searches for words, at any depth."""
    if isinstance(condition, Not):
        return searches_text(condition.part)
    return isinstance(condition, Mentions) or any(map(searches_text, getattr(condition, "parts", ())))


def words_of(condition: Condition | None) -> Iterator[str]:
    """The words that every matching order contains."""
    if isinstance(condition, Mentions):
        yield from condition.words
    elif isinstance(condition, AllOf):
        for part in condition.parts:
            yield from words_of(part)
