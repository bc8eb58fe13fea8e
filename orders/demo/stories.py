"""Invented lives of orders: what is ordered, and what happens to it when. The same seed gives the same lives."""

import random
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from orders.demo.catalogue import CANCEL_REASONS, CHANNELS, CURRENCIES, FIRST_NAMES, LAST_NAMES, PRODUCTS
from orders.services import NewOrder
from orders.states import ProcessingStatus, Status
from orders.validation import NewLine

Step = Status | ProcessingStatus
FAST = 1 / 120
"""In less than a day, lives are so much shorter: orders of an hour have reached all statuses."""
TAGS = {"erp": ("b2b",), "marketplace": ("marketplace",)}
"""The tags of orders that came by these channels."""
MANY = 1000
"""The customers after whom addresses have another number."""


@dataclass(frozen=True, slots=True)
class Story:
    """One order: what was ordered, and its later changes, each with the time since the order was placed."""

    new: NewOrder
    later: list[tuple[timedelta, Step]] = field(default_factory=list)
    details: Mapping[Step, dict[str, Any]] = field(default_factory=dict)


class StoryMaker:
    """Makes stories, one after the other."""

    def __init__(self, *, seed: int, customers: int, days: float) -> None:
        self.random = random.Random(seed)  # noqa: S311  # it must be repeatable
        self.days = days
        self.pace = FAST if days < 1 else 1.0
        self.customers = [self.new_customer(number) for number in range(max(customers, 1))]

    def new_customer(self, number: int) -> tuple[str, str]:
        """A name and an address at a reserved domain (RFC 2606)."""
        first, last = self.random.choice(FIRST_NAMES), self.random.choice(LAST_NAMES)
        return f"{first} {last}", f"{plain(first)}.{plain(last)}{number // MANY or ''}@example.com"

    def customer(self) -> tuple[str, str]:
        """One of the customers; some come often."""
        return self.customers[int(len(self.customers) * self.random.random() ** 2)]

    def new_order(self, reference: str) -> NewOrder:
        """A new order. Orders from programs have a reference."""
        name, email = self.customer()
        currency = self.pick({code: share for code, (_, _, share) in CURRENCIES.items()})
        channel = self.pick(CHANNELS)
        return NewOrder(
            lines=self.lines(currency),
            currency=currency,
            customer_name=name,
            customer_email=email,
            external_reference=reference if channel in {"erp", "marketplace"} else None,
            metadata={"channel": channel},
            tags=TAGS.get(channel, ()),
        )

    def lines(self, currency: str) -> list[NewLine]:
        """One to five products."""
        rate, step, _ = CURRENCIES[currency]
        chosen = self.random.sample(PRODUCTS, self.random.choices([1, 2, 3, 4, 5], [46, 28, 15, 8, 3])[0])
        return [
            NewLine(
                sku=product.sku,
                name=product.name,
                quantity=self.random.choices([1, 2, 3, 6, 12], [62, 22, 8, 5, 3])[0],
                unit_price=(product.price * rate / step).quantize(Decimal(1)) * step,
            )
            for product in chosen
        ]

    def pick(self, shares: Mapping[str, int]) -> str:
        """One of the names, as often as its share says."""
        return self.random.choices(list(shares), list(shares.values()))[0]

    def hours(self, mean: float, *, least: float = 0.05) -> timedelta:
        """A waiting time: mostly short, sometimes long."""
        return self.pace * timedelta(hours=least + self.random.expovariate(1 / mean))

    def moment(self, until: datetime) -> datetime:
        """The time of an order: on any day, more often in the evening than at night, and more often recently.

        In less than a day, at any time.
        """
        if self.days < 1:
            return until - timedelta(days=self.days * self.random.random())
        age = timedelta(days=self.days * self.random.random() ** 1.3)
        day = (until - age).replace(hour=0, minute=0, second=0, microsecond=0)
        hour = self.random.triangular(5, 24, 19)
        moment = day + timedelta(hours=hour, microseconds=self.random.randrange(1_000_000))
        return moment if moment < until else until - timedelta(minutes=self.random.uniform(1, 90))

    def moments(self, count: int, until: datetime) -> list[datetime]:
        """The times of this number of orders, the earliest first."""
        return sorted(self.moment(until) for _ in range(count))

    def story(self) -> Story:
        """An order and its changes."""
        processed = ProcessingStatus.FAILED if self.random.random() < 0.015 else ProcessingStatus.DONE
        later: list[tuple[timedelta, Step]] = [(self.hours(0.002, least=0.0005), processed)]
        after = timedelta()
        for status, wait in self.way():
            after += wait
            later.append((after, status))
        code = f"DE{self.random.randrange(10**10):010d}"
        reason = self.random.choice(CANCEL_REASONS)
        details: dict[Step, dict[str, Any]] = {
            Status.SHIPPED: {"tracking_code": code},
            Status.CANCELLED: {"reason": reason},
        }
        return Story(self.new_order("PO"), sorted(later, key=lambda one: one[0]), details)

    def way(self) -> Iterator[tuple[Status, timedelta]]:
        """The statuses that the order takes, and the wait before each."""
        fate = self.random.random()
        if fate < 0.05:
            return  # Never paid, and forgotten.
        if fate < 0.10:
            yield Status.CANCELLED, self.hours(10)
            return
        yield Status.PAID, self.hours(3)
        if fate < 0.14:
            yield Status.CANCELLED, self.hours(14)
            return
        yield Status.SHIPPED, self.hours(26, least=2)
        yield Status.DELIVERED, self.hours(40, least=18)


def plain(name: str) -> str:
    """A name in the letters of a mailbox."""
    decomposed = unicodedata.normalize("NFKD", name.lower())
    return decomposed.encode("ascii", "ignore").decode()
