"""The data of an event beside the order after it."""

from enum import Enum
from operator import attrgetter
from typing import Any

import strawberry
from strawberry.scalars import JSON
from strawberry.utils.str_converters import to_camel_case

from events.models import Event
from orders import event_types


@strawberry.enum(description="A step of an order's background processing.")
class ProcessingStep(Enum):
    """The steps of :mod:`orders.processing`."""

    CHECK_RISK = strawberry.enum_value("check_risk", description="The order was checked for risks; see `risks`.")
    ISSUE_INVOICE = strawberry.enum_value("issue_invoice", description="The invoice was issued; see `invoicePath`.")
    CONFIRM = strawberry.enum_value("confirm", description="The customer received a confirmation by mail.")
    OTHER = strawberry.enum_value("other", description="Another step, added by an extension of the server.")


@strawberry.enum(
    description=("A risk found by the risk check. A risk is a hint for people and does not stop the order.")
)
class OrderRisk(Enum):
    """The rules of :mod:`orders.processing.risk`."""

    LARGE_TOTAL = strawberry.enum_value("LARGE_TOTAL", description="The total is higher than that of most orders.")
    MANY_LINES = strawberry.enum_value("MANY_LINES", description="The order has unusually many lines.")
    MANY_PIECES = strawberry.enum_value(
        "MANY_PIECES", description="A line's quantity is so large that it may be a typing error."
    )
    DISPOSABLE_EMAIL = strawberry.enum_value(
        "DISPOSABLE_EMAIL", description="The e-mail address is from a provider of temporary addresses."
    )
    NO_CUSTOMER = strawberry.enum_value("NO_CUSTOMER", description="The order has a total but no customer.")
    OTHER = strawberry.enum_value("OTHER", description="A risk that this version of the server does not know.")


@strawberry.type(description="A changed field of an order.")
class OrderFieldChange:
    """A name and two values."""

    field: str = strawberry.field(description="The field's name in this API.")
    before: JSON | None = strawberry.field(
        description="The value before the change, as JSON; null if there was none. Amounts are strings."
    )
    after: JSON | None = strawberry.field(
        description="The value after the change, as JSON; null if there is none. Amounts are strings."
    )


def changes_of(event: Event) -> list[OrderFieldChange]:
    """The changes of an event, by the fields' names."""
    changes = [
        OrderFieldChange(field=to_camel_case(name), before=given(before), after=given(after))
        for name, (before, after) in event.payload["changes"].items()
    ]
    return sorted(changes, key=attrgetter("field"))


def given(value: Any) -> JSON | None:
    """A changed value as the order's field shows it: null for a text that is not given."""
    return None if value == "" else value


def details_of(event: Event) -> dict[str, Any]:
    """The data of a processing event beside the order; details of other events are in the audit trail."""
    details: dict[str, Any] = event.payload["details"] if event.type == event_types.PROCESSING else {}
    return details


def step_of(event: Event) -> ProcessingStep | None:
    """The step that a processing event finished."""
    name = details_of(event).get("step")
    return None if name is None else ProcessingStep.__members__.get(name.upper(), ProcessingStep.OTHER)


def risks_of(event: Event) -> list[OrderRisk]:
    """The risks that a processing event found."""
    return [OrderRisk.__members__.get(code, OrderRisk.OTHER) for code in details_of(event).get("risks", ())]
