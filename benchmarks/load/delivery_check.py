"""Compares the events that subscribers received with those sent: nothing missing, repeated or out of order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Faults:
    """How many deliveries, over all subscribers, were wrong."""

    missing: int = 0
    duplicate: int = 0
    out_of_order: int = 0
    unknown: int = 0

    def __add__(self, other: "Faults") -> "Faults":
        return Faults(
            self.missing + other.missing,
            self.duplicate + other.duplicate,
            self.out_of_order + other.out_of_order,
            self.unknown + other.unknown,
        )

    def __bool__(self) -> bool:
        return self != Faults()


class Faulty(Exception):
    """A run lost, repeated or reordered events: its numbers would mean nothing."""


def faults_of(received: Sequence[int], sent: range) -> Faults:
    """Compare one subscriber's events, by number as they came, with those sent one after the other.

    A repeat counts as a duplicate alone; an event is out of order when it came for the first time after a later one.
    """
    first_times = list(dict.fromkeys(received))
    known = [number for number in first_times if number in sent]
    return Faults(
        missing=len(sent) - len(known),
        duplicate=len(received) - len(first_times),
        out_of_order=sum(later < earlier for earlier, later in pairwise(known)),
        unknown=len(first_times) - len(known),
    )


def check(fleet: Sequence[Sequence[int]], expected: Sequence[range]) -> None:
    """Check what each subscriber received.

    Raises:
        Faulty: a subscriber did not receive exactly the expected orders, in order and once.
    """
    faults = sum(map(faults_of, fleet, expected), start=Faults())
    if faults:
        raise Faulty(
            f"Of {sum(map(len, expected))} deliveries {faults.missing} were missing, {faults.duplicate} duplicate, "
            f"{faults.out_of_order} out of order and {faults.unknown} unknown."
        )
