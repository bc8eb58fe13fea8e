"""Places orders through the service, in a separate process: ``python -m benchmarks.load.service_cost COUNT VARIANT``.

Prints the CPU and the statements of an order. The settings choose the parts of the event system that run, and
``VARIANT``: ``without_events`` writes no event either, as no production code does.
"""

import os
import sys
import time
from collections.abc import Iterator
from decimal import Decimal

import django
import orjson

from benchmarks.load.statement_count import watch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from events import log  # noqa: E402
from events.models import Delivery  # noqa: E402
from orders.services import NewOrder, create_order  # noqa: E402
from orders.validation import NewLine  # noqa: E402
from tenants.auth.authentication import demo_caller  # noqa: E402
from tenants.context import acting_as  # noqa: E402

WITHOUT_EVENTS = "without_events"
WARM_ORDERS = 30
LINES = (
    NewLine(sku="TEA-1", name="Assam, 250 g", quantity=2, unit_price=Decimal("12.50")),
    NewLine(sku="POT-7", name="Teapot, blue", quantity=1, unit_price=Decimal("38.90")),
)


def place(numbers: Iterator[int]) -> None:
    """One order as the API places it."""
    name = f"service-{os.getpid()}-{next(numbers)}"
    create_order(
        NewOrder(lines=LINES, currency="EUR", customer_email="ada@example.com", external_reference=name),
        idempotency_key=name,
    )


def measure(count: int) -> dict[str, float]:
    """The CPU and the statements of one order of ``count``."""
    seen: list[str] = []
    watch(seen)
    numbers = iter(range(WARM_ORDERS + count))
    with acting_as(demo_caller()):
        for _ in range(WARM_ORDERS):
            place(numbers)
        seen.clear()
        began = time.process_time()
        for _ in range(count):
            place(numbers)
        cpu = time.process_time() - began
    Delivery.objects.all_tenants().update(status=Delivery.Status.SUCCEEDED)
    return {"CPU per order": 1000 * cpu / count, "statements": len(seen) / count}


if __name__ == "__main__":
    if sys.argv[2] == WITHOUT_EVENTS:
        log.append = lambda *_: []
    print(orjson.dumps(measure(int(sys.argv[1]))).decode())
