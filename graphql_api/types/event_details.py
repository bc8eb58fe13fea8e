"""What an event says beside the order as it was after it."""

from operator import attrgetter
from typing import Any

import strawberry
from strawberry.scalars import JSON
from strawberry.utils.str_converters import to_camel_case

from events.models import Event
from orders import event_types


@strawberry.type(description="A changed field of an order.")
class OrderFieldChange:
    """A name and two values."""

    field: str = strawberry.field(description="The field's name in this API.")
    before: JSON | None = strawberry.field(description="The value before the change, as JSON. Amounts are strings.")
    after: JSON | None = strawberry.field(description="The value after the change, as JSON. Amounts are strings.")


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
