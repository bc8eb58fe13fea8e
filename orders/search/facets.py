"""Facets: what an order has to be for a condition to hold. By them live filters are found instead of tried one by one.

A facet is a field with its value. :func:`facets_of` lists those of an order, :func:`required_facets` those of which an
order needs one to fulfil a condition.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from orders.search.filters import AllOf, AnyOf, Condition, Missing, OneOf, Snapshot
from orders.search.related import SomeLine, Tagged

Facet = tuple[str, str | None]
"""A field and its value; many orders have none, or an empty text."""

FIELDS: Final = ("id", "external_reference", "customer_email", "currency", "processing_status", "status")
"""The fields that are compared for equality."""
OF_LINES: Final = {"sku": "line.sku", "name": "line.name"}
"""The names of facets that lines have."""
TAG: Final = "tag"
RANKS: Final = (*FIELDS[:3], *OF_LINES.values(), TAG, *FIELDS[3:])
"""All facets' names; those that tell orders apart best come first."""
MOST_FACETS: Final = 100
"""The most facets that are kept for a condition. A condition with more is tried with every event."""


def facets_of(snapshot: Snapshot) -> Iterator[Facet]:
    """The facets of an order."""
    yield from ((field, snapshot[field]) for field in FIELDS)
    for line in snapshot["lines"]:
        yield from ((name, line[field]) for field, name in OF_LINES.items())
    yield from ((TAG, tag) for tag in snapshot.get("tags", ()))


def required_facets(condition: Condition | None) -> frozenset[Facet] | None:
    """Every order that fulfils the condition has one of these facets; None: it may have any."""
    found: frozenset[Facet] | None = None
    match condition:
        case OneOf(field, values):
            found = frozenset((field, value) for value in values)
        case Missing(field):
            found = frozenset({(field, None), (field, "")})
        case Tagged(tags):
            found = frozenset((TAG, tag) for tag in tags)
        case SomeLine(fields):
            found = most_selective(frozenset((OF_LINES[field], value) for value in values) for field, values in fields)
        case AllOf(parts):
            found = most_selective(map(required_facets, parts))
        case AnyOf(parts):
            each = [one for part in parts if (one := required_facets(part)) is not None]
            found = frozenset(chain.from_iterable(each)) if len(each) == len(parts) else None
    return None if found is None or len(found) > MOST_FACETS else found


def most_selective(each: Iterable[frozenset[Facet] | None]) -> frozenset[Facet] | None:
    """Those of these facets that the fewest orders have."""
    return min((found for found in each if found is not None), key=selectivity, default=None)


def selectivity(facets: Iterable[Facet]) -> tuple[int, int]:
    """The smaller, the fewer orders have one of the facets, as far as the fields tell."""
    ranks = [RANKS.index(field) if value else len(RANKS) for field, value in facets]
    return max(ranks, default=-1), len(ranks)
