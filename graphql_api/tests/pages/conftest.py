"""Fixtures for tests of pages."""

import pytest

from events.dispatch.inline import dispatch_now
from graphql_api.tests.client import as_tenant
from orders.models import Order
from orders.states import Status
from tenants.models import Tenant
from tests.factories import place_order


@pytest.fixture
def nothing_is_processed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the audit receiver runs, so that no background work adds events."""
    monkeypatch.setattr("events.dispatch.broker_outage.broker.is_away", lambda: True)


@pytest.fixture
def orders(tenant: Tenant, other_tenant: Tenant, django_capture_on_commit_callbacks: object) -> list[Order]:
    """A shipped order (events 1 to 3) and a new one (4), nothing else; and another tenant's."""
    made = [place_order(status=Status.SHIPPED), place_order()]
    dispatch_now(tenant.id)
    with as_tenant(other_tenant):
        place_order()
    dispatch_now(other_tenant.id)
    return made
