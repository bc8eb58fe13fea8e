"""The metric of changes that bypassed the services."""

from prometheus_client import Gauge

from events.dispatch.periodic.scheduler import every
from orders.models import Bypass
from tenants.context import across_tenants

BYPASSES = Gauge(
    "orders_bypasses_unrecorded",
    "Order rows that changed without an event and have none since. PostgreSQL only; dispatchers count them.",
    multiprocess_mode="mostrecent",
)


@every(15.0, name="orders_bypasses")
def count_bypasses() -> None:
    """Count the bypasses of all tenants that no event reports."""
    with across_tenants():
        BYPASSES.set(Bypass.objects.all_tenants().filter(recorded_at=None).count())
