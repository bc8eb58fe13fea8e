"""A pass of the suite in which no receiver runs until each test is over, and then all catch up.

``ORDERS_TEST_RECEIVERS=off`` begins each test that has a database with every receiver switched off. After the test's
own part they are switched on, and their work must happen then: no delivery is left, and the audit trail has every event
that it should. Tests about what receivers do are marked ``receivers`` and left out of that pass.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection

from audit.models import AuditLog
from events import switches
from events.dispatch.inline import settle
from events.models import Delivery, Event, ReceiverSwitch, Stream
from events.receivers import RECEIVERS
from tenants.context import tenant_context
from tests.commits import run_callbacks

ARE_OFF = os.environ.get("ORDERS_TEST_RECEIVERS") == "off"


@contextmanager
def off_until_the_end() -> Iterator[None]:
    """No receiver runs within; afterwards all of them do the work that they have missed."""
    names = list(RECEIVERS)
    ReceiverSwitch.objects.bulk_create(ReceiverSwitch(receiver=name, enabled=False) for name in names)
    switches.forget()
    yield
    ReceiverSwitch.objects.filter(receiver__in=names, tenant=None).delete()
    switches.forget()
    run_callbacks(connection)
    settle()
    for tenant_id in Stream.objects.values_list("tenant_id", flat=True):
        assert_caught_up(tenant_id)


def assert_caught_up(tenant_id: UUID) -> None:
    """A tenant has no unfinished work."""
    off = switches.switched_off(tenant_id)
    with tenant_context(tenant_id):
        left = Delivery.objects.filter(status__in=Delivery.UNFINISHED).exclude(receiver__in=off)
        assert list(left.values_list("receiver", "status", "last_error")) == []
        if "audit" in RECEIVERS and "audit" not in off:
            audited = Event.objects.filter(type__in=RECEIVERS["audit"].event_types)
            recorded = AuditLog.objects.values_list("event_id", flat=True)
            assert set(audited.values_list("id", flat=True)) <= set(recorded)
