"""Endpoints for tests, and their deliveries."""

from typing import Any

from events.models import Delivery
from webhooks import services
from webhooks.models import Endpoint

EXAMPLE = "https://hooks.example.com/orders"


def endpoint(url: str = EXAMPLE, **fields: Any) -> Endpoint:
    """A registered endpoint of the current tenant."""
    made, _ = services.create_endpoint(url=url, **fields)
    return made


def deliveries_to(made: Endpoint) -> list[Delivery]:
    """The deliveries to the endpoint, in the order of their events."""
    return list(Delivery.objects.filter(receiver=made.receiver).select_related("event").order_by("sequence"))


def statuses(made: Endpoint) -> list[str]:
    """The statuses of its deliveries, in the order of their events."""
    return [one.status for one in deliveries_to(made)]
