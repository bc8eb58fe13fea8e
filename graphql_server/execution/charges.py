"""The points that the server charges for reading a text and for running an operation.

The application's :class:`~graphql_server.ports.costs.Meter` takes the points from callers.
"""

from typing import Any, Final

from graphql_server.documents.documents import Document
from graphql_server.documents.size import count_values
from graphql_server.errors import ApiError, Code
from graphql_server.limits import DocumentLimits
from graphql_server.ports.callers import Caller
from graphql_server.ports.costs import Meter

CHARACTERS_PER_POINT: Final = 10
"""For a document that has to be parsed and validated. It is charged whether the document is valid or not."""
TIMES_REFUSED: Final = 10
"""The factor for a refused document, each time: an ordinary client does not repeat it."""
BYTES_PER_POINT: Final = 1_000
"""For a request."""
POINTS_OF_A_SEARCH: Final = 10
"""For a digest that this process does not know yet, and looks for in the registry."""


def points_of_text(text: str) -> int:
    """The points for reading a document."""
    return 1 + len(text) // CHARACTERS_PER_POINT


def points_of_refusal(text: str) -> int:
    """The points for a document that is refused."""
    return TIMES_REFUSED * points_of_text(text)


def points_of_size(size: int) -> int:
    """The points for a request of ``size`` bytes; 0 for an ordinary request."""
    return size // BYTES_PER_POINT


def price(document: Document, name: str | None, variables: dict[str, Any] | None, most: DocumentLimits) -> int:
    """The points of an operation.

    Raises:
        ApiError: QUERY_TOO_EXPENSIVE; the operation costs too much, or its variables hold too many values.
    """
    if variables and count_values(variables, most.values) > most.values:
        raise ApiError(Code.QUERY_TOO_EXPENSIVE, f"The variables hold more than {most.values:,} values.")
    cost = document.price(name, variables)
    if cost > most.cost:
        message = f"The operation costs {cost:,} points; at most {most.cost:,} are allowed. Ask for smaller pages."
        raise ApiError(Code.QUERY_TOO_EXPENSIVE, message, requestedQueryCost=cost, maximumQueryCost=most.cost)
    return cost


def take_or_owe(meter: Meter, caller: Caller, points: int) -> None:
    """Charge on an event loop for work that is already done. Points that only a shared store could grant are owed.

    Raises:
        ApiError: THROTTLED; no points were taken.
    """
    if not meter.take_at_once(caller, points):
        meter.owe(caller, points)
