"""Few orders that a search can mean, on PostgreSQL: by words of their text, by an index of trigrams, or by their lines.

A page reads a tenant's orders one by one, newest first. That ends soon if many orders match, and reads all of them if
few do: indexes find those.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Final
from uuid import UUID

from django.db import connection

from orders.search.filters import AllOf, AnyOf, Condition, Mentions, Not, is_storable
from orders.search.related import Related, first_having

SHORTEST: Final = 3
"""The fewest characters of a word that the index can find."""
MOST: Final = 1000
"""The most orders that count as few."""
FIND: Final = "SELECT orders_mentioning(%s::text[], %s)"


def few_matching(condition: Condition | None) -> list[UUID] | None:
    """All orders of the current tenant that a search can mean, if they are few; otherwise None.

    Every committed order that matches the condition is among them. They are found by words that each order has to
    contain, or alternative by alternative: an order has to fulfil one of several conditions on words, lines and tags.
    Runs one statement for the words and one for each alternative. None runs if there is nothing to search for: no word
    of three characters, or an alternative of another kind; or no PostgreSQL.
    """
    if connection.vendor != "postgresql":
        return None
    words = sorted(set(words_of(condition)))
    found = mentioning(words) if are_findable(words) else None
    choices = alternatives_of(condition)
    while found is None and (parts := next(choices, None)) is not None:
        found = any_of(parts) if all(map(is_findable, parts)) else None
    return found


def mentioning(words: list[str]) -> list[UUID] | None:
    """The orders that contain all of these words, if they are few."""
    with connection.cursor() as cursor:
        cursor.execute(FIND, [words, MOST])
        found: list[UUID] | None = cursor.fetchone()[0]
    return found


def any_of(parts: Iterable[Condition]) -> list[UUID] | None:
    """The orders that at least one of the parts can mean, if those of each part are few."""
    found: set[UUID] = set()
    for part in parts:
        few = few_matching(part)
        if few is None:
            few = next((few for related in related_of(part) if (few := having(related)) is not None), None)
        if few is None:
            return None
        found.update(few)
    return list(found)


def having(related: Related) -> list[UUID] | None:
    """The orders with such a line or tag, if they are few; perhaps with others."""
    found = first_having(related, MOST + 1) if related.is_findable else None
    return found if found is not None and len(found) <= MOST else None


def is_findable(condition: Condition) -> bool:
    """Whether indexes can find the condition's orders: by words, lines or tags of each, or of each alternative."""
    if are_findable([*words_of(condition)]) or any(related.is_findable for related in related_of(condition)):
        return True
    return any(all(map(is_findable, parts)) for parts in alternatives_of(condition))


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


def related_of(condition: Condition) -> Iterator[Related]:
    """The conditions on lines and tags that every matching order fulfils."""
    if isinstance(condition, Related):
        yield condition
    elif isinstance(condition, AllOf):
        for part in condition.parts:
            yield from related_of(part)


def alternatives_of(condition: Condition | None) -> Iterator[tuple[Condition, ...]]:
    """Conditions of which every matching order fulfils at least one."""
    if isinstance(condition, AnyOf):
        yield condition.parts
    elif isinstance(condition, AllOf):
        for part in condition.parts:
            yield from alternatives_of(part)
