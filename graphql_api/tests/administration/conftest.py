"""Fixtures for tests of administration over GraphQL."""

import pytest

from graphql_api.tests.client import as_tenant
from orders.models import Order
from orders.states import Status
from tenants.models import Tenant
from tests.factories import place_order


@pytest.fixture
def orders(tenant: Tenant, other_tenant: Tenant) -> list[Order]:
    """A paid order (events 1 and 2 of the customer's) and a new one; and another tenant's. All receivers have run."""
    made = [place_order(status=Status.PAID), place_order()]
    with as_tenant(other_tenant):
        place_order()
    return made
