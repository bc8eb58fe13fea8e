"""Check that each order with lines has their total; the services keep it so, and nothing in the database does."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from orders.models import Order, OrderLine

BATCH = 1000
Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much."""


@dataclass(frozen=True, slots=True)
class WrongTotal:
    """An order whose total is not that of its lines."""

    order_id: UUID
    number: str
    total: Decimal
    of_lines: Decimal


def silent(done: int, of: int) -> None:
    """Show no progress."""


def wrong_totals(*, progress: Progress = silent) -> Iterator[WrongTotal]:
    """The current tenant's orders whose total is not the sum of their lines.

    An order without lines has its own total.
    """
    count, done = Order.objects.count(), 0
    for batch in batches():
        sums = sums_of_lines([order_id for order_id, _, _ in batch])
        for order_id, number, total in batch:
            if sums.get(order_id, total) != total:
                yield WrongTotal(order_id, number, total, sums[order_id])
        done += len(batch)
        progress(done, count)


def batches() -> Iterator[list[tuple[UUID, str, Decimal]]]:
    """Id, number and total of the current tenant's orders, in order of their ids."""
    rows = Order.objects.order_by("id").values_list("id", "number", "total")
    batch = list(rows[:BATCH])
    while batch:
        yield batch
        batch = list(rows.filter(id__gt=batch[-1][0])[:BATCH])


def sums_of_lines(order_ids: list[UUID]) -> dict[UUID, Decimal]:
    """The sums of the lines of those orders that have lines. SQLite would add decimals as floats."""
    sums: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    lines = OrderLine.objects.filter(order_id__in=order_ids).order_by()
    for order_id, quantity, unit_price in lines.values_list("order_id", "quantity", "unit_price"):
        sums[order_id] += quantity * unit_price
    return dict(sums)
