"""Which events of its tenant's orders a subscription wants."""

from collections.abc import Collection
from uuid import UUID

from events.models import Event
from orders import event_types
from orders.search.filters import Condition, Judged


class Topic:
    """Which events a subscriber wants. Equal topics want the same."""

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
        """Whether it is wanted; by its order, as it was before the change or as it is after it."""
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
    """The event's order after the change and before it, for all topics; None before it if nothing changed."""
    known = event.__dict__
    if "_judged" not in known:
        payload = event.payload
        before = Judged(event_types.snapshot_before(payload)) if payload["changes"] else None
        known["_judged"] = Judged(payload["order"]), before
    found: tuple[Judged, Judged | None] = known["_judged"]
    return found
