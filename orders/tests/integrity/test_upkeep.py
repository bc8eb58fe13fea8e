"""Expired idempotency keys are deleted."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from events.dispatch.periodic.scheduler import JOBS
from orders.integrity import upkeep
from orders.models import IdempotencyRecord, Order
from tenants.context import tenant_context
from tests.factories import place_order


@pytest.mark.receivers
@pytest.mark.django_db
def test_keys_of_every_tenant_are_deleted_after_a_day(other_tenant, monkeypatch):
    monkeypatch.setattr(upkeep, "BATCH", 1)
    place_order(idempotency_key="first")
    place_order(idempotency_key="second")
    with tenant_context(other_tenant.pk):
        place_order(idempotency_key="first")
    with time_machine.travel(timezone.now() + timedelta(hours=23)):
        place_order(idempotency_key="late")
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert upkeep.forget_expired_keys() == 3
        assert IdempotencyRecord.objects.get().key == "late"
        assert Order.objects.count() == 3


def test_every_relay_deletes_expired_keys_each_hour():
    assert JOBS["idempotency_records"].work is upkeep.forget_expired_keys
    assert JOBS["idempotency_records"].seconds == 3600
