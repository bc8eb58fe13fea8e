"""Topics: the events of orders that a subscription wants."""

from collections.abc import Collection, Hashable
from uuid import UUID

from events.models import Event
from orders import event_types
from orders.search.changes import concerns, judged
from orders.search.facets import Facet, facets_of, required_facets
from orders.search.filters import Condition


class Topic:
    """Matches events by type, order and filter. Equal topics match the same events."""

    __slots__ = ("_hash", "_judge", "condition", "order_id", "requirement", "types")

    def __init__(
        self, *, types: Collection[str] | None = None, condition: Condition | None = None, order_id: UUID | None = None
    ) -> None:
        self.types = None if types is None else frozenset(types)
        self.condition = condition
        self.order_id = order_id
        self.requirement: frozenset[Hashable] | None = (
            required_facets(condition) if order_id is None else frozenset({("id", str(order_id))})
        )
        """See :attr:`graphql_server.ports.event_source.Topic.requirement`."""
        self._judge = None if condition is None else condition.compiled()
        self._hash = hash((self.types, condition, order_id))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Topic) and self._known == other._known)

    @property
    def _known(self) -> tuple[object, ...]:
        return self._hash, self.types, self.condition, self.order_id

    def matches(self, event: Event) -> bool:
        """Whether the event matches. A filter matches the order before the change or after it.

        An event of a type that the schema does not have matches nothing: a later version has written it.
        """
        if event.type not in event_types.ALL_EVENTS:
            return False
        if self.types is not None and event.type not in self.types:
            return False
        if self.order_id is not None and event.order_id != self.order_id:
            return False
        return self._judge is None or concerns(self._judge, event)


def facets(event: Event) -> set[Facet]:
    """The facets of the order before the event and after it."""
    after, before = judged(event)
    found = {("id", str(event.order_id)), *facets_of(after.snapshot)}
    return found if before is None else found.union(facets_of(before.snapshot))
