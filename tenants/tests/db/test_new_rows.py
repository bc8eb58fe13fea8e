"""New rows are as Django makes them, without its signals."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db.models import Model

from events.models import Delivery
from orders.models import Order
from tenants.context import NoTenant, no_tenant
from tenants.models import Tenant, TenantOwned

MODELS = [model for model in apps.get_models() if issubclass(model, TenantOwned)]


def as_django_makes_it(model: type[TenantOwned], **given: Any) -> TenantOwned:
    """A row by Django's own constructor."""
    row = model.__new__(model)
    Model.__init__(row, **given)
    return row


@pytest.mark.usefixtures("tenant")
@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_new_row_has_the_defaults_of_its_fields(model: type[TenantOwned]) -> None:
    made, expected = vars(model()), vars(as_django_makes_it(model))

    assert made.keys() == expected.keys()
    for name, value in expected.items():
        assert type(made[name]) is type(value)
        if not callable(getattr(model, name).field.default if name != "_state" else id):
            assert made[name] == value
    assert (model()._state.adding, model()._state.db) == (True, None)


def test_what_is_given_is_kept_and_columns_of_the_database_are_left_to_it(tenant: Tenant) -> None:
    order = Order(tenant_id=UUID(int=1), total=Decimal(5), status="PAID")

    assert (order.tenant_id, order.total) == (UUID(int=1), Decimal(5))
    assert (order.status, order.version) == ("PAID", 1)
    assert order.get_deferred_fields() == {"total_cents"}
    assert Order(total=1).metadata is not Order(total=1).metadata


def test_other_arguments_are_djangos(tenant: Tenant) -> None:
    assert Order(tenant=tenant, pk=UUID(int=2)).id == UUID(int=2)
    with pytest.raises(TypeError, match="unexpected keyword"):
        Delivery(nothing=1)


def test_row_of_no_tenant_is_refused() -> None:
    with no_tenant(), pytest.raises(NoTenant):
        Order(total=1)
