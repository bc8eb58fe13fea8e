"""Orders by words of their search text, on PostgreSQL by an index of trigrams.

LIKE reads a tenant's orders one by one, newest first. That ends soon if many orders contain the words, and reads all of
them if few do: the index finds those.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Final
from uuid import UUID

from django.db import connection

from orders.search.filters import AllOf, AnyOf, Condition, Mentions, Not, is_storable

SHORTEST: Final = 3
"""How many characters a word has at least that the index can find."""
MOST: Final = 1000
"""How many orders are few."""
FIND: Final = "SELECT orders_mentioning(%s::text[], %s)"


def few_mentioning(condition: Condition | None) -> list[UUID] | None:
    """All orders of the current tenant that contain the words of the condition, if they are few; otherwise None.

    Every committed order that matches the condition is among them. Runs one statement; for words of which an order has
    to contain some, one for each. None runs if there is nothing to search for: no word of three characters that each
    order has to contain, or no PostgreSQL.
    """
    if connection.vendor != "postgresql" or not is_findable(condition):
        return None
    words = sorted(set(words_of(condition)))
    found = mentioning(words) if are_findable(words) else None
    choices = alternatives_of(condition)
    while found is None and (parts := next(choices, None)) is not None:
        found = mentioning_any(parts) if all(map(is_findable, parts)) else None
    return found


def mentioning(words: list[str]) -> list[UUID] | None:
    """The orders that contain all of these words, if they are few."""
    with connection.cursor() as cursor:
        cursor.execute(FIND, [words, MOST])
        found: list[UUID] | None = cursor.fetchone()[0]
    return found


def mentioning_any(parts: Iterable[Condition]) -> list[UUID] | None:
    """The orders that contain the words of at least one of the parts, if those of each part are few."""
    found: set[UUID] = set()
    for part in parts:
        few = few_mentioning(part)
        if few is None:
            return None
        found.update(few)
    return list(found)


def is_findable(condition: Condition | None) -> bool:
    """Whether the index can find the condition's orders: by words that each contains, or one of each alternative."""
    return are_findable([*words_of(condition)]) or any(
        all(map(is_findable, parts)) for parts in alternatives_of(condition)
    )


def are_findable(words: Collection[str]) -> bool:
    """Whether the index can find orders that contain all of these words."""
    return all(map(is_storable, words)) and any(len(word) >= SHORTEST for word in words)


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


def alternatives_of(condition: Condition | None) -> Iterator[tuple[Condition, ...]]:
    """Conditions of which every matching order fulfils at least one."""
    if isinstance(condition, AnyOf):
        yield condition.parts
    elif isinstance(condition, AllOf):
        for part in condition.parts:
            yield from alternatives_of(part)
