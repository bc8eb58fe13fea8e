"""What an event says beside the order as it was after it."""

from operator import attrgetter
from typing import Any

import strawberry
from strawberry.scalars import JSON
from strawberry.utils.str_converters import to_camel_case

from events.models import Event
from orders import event_types


@strawberry.type(description="A field of an order that an event changed.")
class OrderFieldChange:
    """A name and two values."""

    field: str = strawberry.field(description="The field, by its name here.")
    before: JSON | None = strawberry.field(description="What was in it, as JSON; amounts are strings.")
    after: JSON | None = strawberry.field(description="What is in it since.")


def changes_of(event: Event) -> list[OrderFieldChange]:
    """What an event changed, by the fields' names."""
    changes = [
        OrderFieldChange(field=to_camel_case(name), before=before, after=after)
        for name, (before, after) in event.payload["changes"].items()
    ]
    return sorted(changes, key=attrgetter("field"))


def details_of(event: Event) -> dict[str, Any]:
    """What an event of the background work says beside the order; what other events say, the audit trail keeps."""
    details: dict[str, Any] = event.payload["details"] if event.type == event_types.PROCESSING else {}
    return details
