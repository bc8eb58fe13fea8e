"""Topics: the events of orders that a subscription asks for."""

from collections.abc import Collection
from uuid import UUID

from events.models import Event
from orders import event_types
from orders.search.filters import Condition, Judged


class Topic:
    """Matches events by type, order and filter. Equal topics match the same events."""

    __slots__ = ("_hash", "_judge", "condition", "order_id", "types")

    def __init__(
        self, *, types: Collection[str] | None = None, condition: Condition | None = None, order_id: UUID | None = None
    ) -> None:
        self.types = None if types is None else frozenset(types)
        self.condition = condition
        self.order_id = order_id
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
        """Whether the event matches. A filter matches the order before the change or after it."""
        if self.types is not None and event.type not in self.types:
            return False
        if self.order_id is not None and event.order_id != self.order_id:
            return False
        judge = self._judge
        if judge is None:
            return True
        after, before = judged(event)
        return judge(after) or (before is not None and judge(before))


def judged(event: Event) -> tuple[Judged, Judged | None]:
    """The order after the event and before it, made once for all topics; the second is None if nothing changed."""
    known = event.__dict__
    if "_judged" not in known:
        payload = event.payload
        before = Judged(event_types.snapshot_before(payload)) if payload["changes"] else None
        known["_judged"] = Judged(payload["order"]), before
    found: tuple[Judged, Judged | None] = known["_judged"]
    return found
