"""Objects held as columns: a plan shows a list of them field by field, without making an object of each row."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

OF_COLUMNS: Final = "of_columns"
"""In the ``metadata`` of a field of a Strawberry type: the :data:`OfColumns` that computes it for a whole list."""


class Columns(Sequence[Any]):
    """Objects of one class. They are made when something needs one of them: graphql-core, or a field without columns.

    Args:
        kind: the class.
        size: how many objects there are.
        column: the values of all objects under a name, which an object has as its attribute. Raises LookupError.
        make: makes the objects.
        read: what was read for them, by any key; it must not refer to the objects.
    """

    def __init__(
        self,
        kind: type,
        size: int,
        column: Callable[[str], Sequence[Any]],
        make: Callable[[], Sequence[Any]],
        read: dict[Hashable, Any] | None = None,
    ) -> None:
        self.kind = kind
        self.size = size
        self.column = column
        self._make = make
        self.read = {} if read is None else read

    @cached_property
    def objects(self) -> Sequence[Any]:
        """The objects."""
        return self._make()

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Any]:
        return iter(self.objects)

    def __getitem__(self, place: Any) -> Any:
        return self.objects[place]


@dataclass(frozen=True, slots=True)
class Grouped:
    """The values of a field that is a list of objects, for several parents: all items, and how many each parent has."""

    items: Columns
    sizes: Sequence[int]


OfColumns = Callable[[Columns, Any], Sequence[Any] | Grouped]
"""The values of a field for all these objects; the second argument is the operation's context."""
