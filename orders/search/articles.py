"""The articles of a tenant's lines, found by a part of their SKU or name.

Lines have indexes by SKU and by name, which jump from one text to the next: finding the different texts takes one step
for each, however many lines have it, and orders are written as before. Orders are then found by whole texts.
"""

from dataclasses import dataclass
from typing import Final

from django.db import connection

from orders.search.filters import LineField
from orders.tables.order_parts import OrderLine
from orders.values.naming import searchable
from tenants.context import current_tenant_id

MOST_READ: Final = 3_000
"""The most different texts that are read, in their order."""
MOST_FOUND: Final = 50
EACH: Final = """
WITH RECURSIVE each_one(written) AS (
    SELECT min({field}) FROM orders_orderline WHERE tenant_id = %s AND {field} > ''
    UNION ALL
    SELECT (SELECT min(line.{field}) FROM orders_orderline AS line WHERE line.tenant_id = %s AND line.{field} > written)
    FROM each_one WHERE written IS NOT NULL
)
SELECT written FROM each_one WHERE written IS NOT NULL LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Articles:
    """Whole SKUs and whole names, at most :data:`MOST_FOUND` of each."""

    skus: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    is_complete: bool = True
    """Whether these are all: none was left out, nor left unread."""


def articles_like(text: str) -> Articles:
    """The SKUs and the names that contain every word of the text; upper and lower case are equal."""
    words = searchable(text).split()
    if not words:
        return Articles()
    (skus, all_skus), (names, all_names) = _containing("sku", words), _containing("name", words)
    return Articles(skus, names, all_skus and all_names)


def _containing(field: LineField, words: list[str]) -> tuple[tuple[str, ...], bool]:
    """The texts that contain the words, and whether those are all."""
    tenant_id = OrderLine._meta.get_field("tenant").get_db_prep_value(current_tenant_id(), connection)
    with connection.cursor() as cursor:
        cursor.execute(EACH.format(field=field), [tenant_id, tenant_id, MOST_READ + 1])
        written = [text for (text,) in cursor.fetchall()]
    found = tuple(text for text in written[:MOST_READ] if all(word in searchable(text) for word in words))
    return found[:MOST_FOUND], len(written) <= MOST_READ and len(found) <= MOST_FOUND
