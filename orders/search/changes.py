"""Conditions on events: one matches if the order matches before the change or after it."""

from events.models import Event
from orders import event_types
from orders.search.filters import Judged, Predicate


def judged(event: Event) -> tuple[Judged, Judged | None]:
    """The order after the event and before it, made once for all filters; the second is None if nothing changed."""
    known = event.__dict__
    if "_judged" not in known:
        payload = event.payload
        before = Judged(event_types.snapshot_before(payload)) if payload["changes"] else None
        known["_judged"] = Judged(payload["order"]), before
    found: tuple[Judged, Judged | None] = known["_judged"]
    return found


def concerns(judge: Predicate, event: Event) -> bool:
    """Whether the order matches before the change or after it."""
    after, before = judged(event)
    return judge(after) or (before is not None and judge(before))
