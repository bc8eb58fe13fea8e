"""The cost of operations: the price list of a schema, and the points that callers have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Bill(Protocol):
    """The cost of an operation, and the points that its caller has left."""

    def shown(self) -> dict[str, Any]:
        """The value of ``extensions.cost``."""


class Meter(Protocol):
    """Takes points from callers. Methods that end in ``_at_once`` are for event loops: they contact no other server.

    All raise ``ApiError`` (THROTTLED) if there are too few points, and then no points were taken.
    """

    def take(self, caller: Any, points: int) -> None:
        """Take points; may wait for a shared store: not for an event loop."""

    def take_at_once(self, caller: Any, points: int) -> bool:
        """Take points on an event loop; False if a shared store must be asked, and then no points were taken."""

    def owe(self, caller: Any, points: int) -> None:
        """Charge work that is already done: never refuses, and contacts no other server."""

    def charge(self, caller: Any, cost: int, most: int, *, size_points: int = 0) -> Bill:
        """Take an operation's ``cost``, and the points for the bytes of its request; ``most`` is the largest allowed
        cost.
        """

    def charge_at_once(self, caller: Any, cost: int, most: int, *, size_points: int = 0) -> Bill | None:
        """The same on an event loop; None if a shared store must be asked, and then no points were taken."""

    def settle(self, caller: Any, cost: int, seconds: float) -> None:
        """Charge an operation afterwards for time beyond its price."""


Arguments = Mapping[str, Any]
"""A field's arguments as plain values, unchecked: null if they are not given."""

Given = Callable[[Arguments], int]


@dataclass(frozen=True, slots=True)
class Rule:
    """A field's price: ``base`` points, ``points`` that depend on the arguments, and ``size``, the number of items of
    its list. ``arguments`` names the arguments that the two functions read.
    """

    base: int = 0
    points: Given | int = 0
    size: Given | int = 1
    arguments: tuple[str, ...] = ()


class Prices(Protocol):
    """The price list of a schema, which is fixed. One point is about a tenth of a millisecond of a server's time."""

    def __hash__(self) -> int: ...

    def rule_for(self, parent: str, name: str, of: str) -> Rule:
        """The rule of a field, by the name of its object type, its own name, and the name of its type."""

    def is_item(self, parent: str, name: str) -> bool:
        """Whether a field lists the items of its page (``edges``, ``nodes``)."""

    def is_free(self, name: str) -> bool:
        """Whether objects of this type cost nothing by themselves."""
