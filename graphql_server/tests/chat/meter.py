"""A meter that takes no points by default, and a price list of two rules."""

from dataclasses import dataclass
from typing import Any

from graphql_server.errors import ApiError, Code
from graphql_server.ports.costs import Arguments, Rule


@dataclass(frozen=True, slots=True)
class Price:
    """Implements :class:`graphql_server.ports.costs.Bill`."""

    cost: int

    def shown(self) -> dict[str, Any]:
        """The value of ``extensions.cost``."""
        return {"requestedQueryCost": self.cost}


class FreeMeter:
    """Implements :class:`graphql_server.ports.costs.Meter`: counts points by person and refuses people without points.

    ``left`` is how many points a person may still take; None is no limit. ``asks_a_store`` has the methods for event
    loops answer as if a shared store had to be asked.
    """

    def __init__(self, left: int | None = None) -> None:
        self.left = left
        self.taken = 0
        self.asks_a_store = False

    def take(self, caller: Any, points: int) -> None:
        """Take points.

        Raises:
            ApiError: THROTTLED; there are too few, and no points were taken.
        """
        if self.left is not None and self.taken + points > self.left:
            raise ApiError(Code.THROTTLED, "You are out of points.", retryAfterSeconds=1)
        self.owe(caller, points)

    def take_at_once(self, caller: Any, points: int) -> bool:
        """The same on an event loop."""
        if self.asks_a_store:
            return False
        self.take(caller, points)
        return True

    def owe(self, caller: Any, points: int) -> None:
        """Take points without a refusal."""
        self.taken += points

    def charge(self, caller: Any, cost: int, most: int, *, size_points: int = 0) -> Price:
        """Take an operation's cost and the points of its size."""
        self.take(caller, cost + size_points)
        return Price(cost)

    def charge_at_once(self, caller: Any, cost: int, most: int, *, size_points: int = 0) -> Price | None:
        """The same on an event loop."""
        return None if self.asks_a_store else self.charge(caller, cost, most, size_points=size_points)

    def settle(self, caller: Any, cost: int, seconds: float) -> None:
        """Time costs nothing."""


def number_of_messages(arguments: Arguments) -> int:
    """How many messages a query asks for. The arguments are not validated."""
    first = arguments.get("first", 10)
    return first if isinstance(first, int) else 0


class PriceList:
    """Implements :class:`graphql_server.ports.costs.Prices`: ``messages(first:)`` costs a point for each message."""

    def rule_for(self, parent: str, name: str, of: str) -> Rule:
        """The rule of a field."""
        if (parent, name) == ("Query", "messages"):
            return Rule(size=number_of_messages, arguments=("first",))
        return Rule()

    def is_item(self, parent: str, name: str) -> bool:
        """Whether a field lists the items of a page: there are no pages."""
        return False

    def is_free(self, name: str) -> bool:
        """Whether objects of a type cost nothing: all types cost something."""
        return False
