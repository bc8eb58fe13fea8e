"""Switches: in force everywhere within a second, and no work for a dispatcher while they are off."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events import operations, switches
from events.dispatch.rotation import tenants_with_work
from events.errors import UnknownReceiver
from events.models import Delivery, ReceiverSwitch
from tenants.context import current_tenant_id
from tests.factories import in_each_tenant, place_order
from tests.servers.processes import wait_until

pytestmark = pytest.mark.django_db


@pytest.mark.receivers
def test_a_switch_by_another_process_is_known_within_a_second(tenant):
    """Each process reads the switches again; a busy machine may be late with it."""
    assert switches.REFRESH_SECONDS <= 1
    assert switches.switched_off(tenant.pk) == frozenset()
    ReceiverSwitch.objects.create(receiver="audit", tenant=tenant, enabled=False)  # as another process does
    wait_until(lambda: switches.switched_off(tenant.pk) == {"audit"}, timeout_seconds=20, what="the switch to be known")
    ReceiverSwitch.objects.update(enabled=True)
    wait_until(lambda: not switches.switched_off(tenant.pk), timeout_seconds=20, what="the switch to be known")


@pytest.mark.receivers
def test_deliveries_to_a_receiver_that_is_off_are_no_work_for_a_dispatcher(tenant, other_tenant):
    operations.switch_receiver("audit", enabled=False, tenant_id=tenant.pk)
    in_each_tenant(place_order)
    in_each_tenant(lambda: Delivery.objects.filter(receiver="audit").update(status="PENDING", due_at=timezone.now()))
    assert [work.tenant_id for work in tenants_with_work()] == [other_tenant.pk]
    assert switches.switched_off_for_some() == {"audit": [tenant.pk]}


@pytest.mark.receivers
def test_a_delivery_that_runs_is_not_skipped(tenant):
    operations.switch_receiver("audit", enabled=False, tenant_id=tenant.pk)
    place_order()
    place_order()
    running = Delivery.objects.filter(receiver="audit").order_by("sequence").first()
    later = timezone.now() + timedelta(seconds=30)
    Delivery.objects.filter(pk=running.pk).update(status="RUNNING", due_at=later)
    assert operations.switch_receiver("audit", enabled=True, catch_up=False, tenant_id=tenant.pk) == 1
    running.refresh_from_db()
    assert running.status == "RUNNING"


@pytest.mark.receivers
def test_an_unknown_receiver_is_not_switched():
    with pytest.raises(UnknownReceiver, match="There is no receiver 'unknown'"):
        operations.switch_receiver("unknown", enabled=False, tenant_id=current_tenant_id())
    assert ReceiverSwitch.objects.count() == 0
