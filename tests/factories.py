"""Test data with defaults, made by the services, so that it is always legal."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from orders import services
from orders.models import Order
from orders.services import NewOrder
from orders.states import Status
from orders.validation import NewLine
from tenants.auth.authentication import create_token
from tenants.context import ALL_SCOPES, tenant_context
from tenants.models import Membership, Tenant, User
from tenants.values.identifiers import default_tenant_id

T = TypeVar("T")
_numbers = itertools.count(1)
_way_to: dict[Status, list[Callable[..., Order]]] = {
    Status.PAID: [services.pay_order],
    Status.SHIPPED: [services.pay_order, services.ship_order],
    Status.DELIVERED: [services.pay_order, services.ship_order, services.deliver_order],
    Status.CANCELLED: [services.cancel_order],
}


def line(sku: str = "TEA-1", quantity: int = 2, unit_price: str | Decimal = "12.50", name: str = "Tea") -> NewLine:
    """A line of 25.00."""
    return NewLine(sku=sku, quantity=quantity, unit_price=Decimal(unit_price), name=name)


def place_order(
    *,
    lines: Sequence[NewLine] | None = None,
    total: str | Decimal | None = None,
    status: Status = Status.NEW,
    idempotency_key: str | None = None,
    **fields: Any,
) -> Order:
    """An order of one line (25.00), of ``lines``, or of a bare ``total``, moved to ``status`` step by step."""
    if lines is None:
        lines = [line()] if total is None else []
    given = {"customer_email": "ada@example.com", "customer_name": "Ada Lovelace", **fields}
    amount = None if total is None else Decimal(total)
    order = services.create_order(NewOrder(lines=lines, total=amount, **given), idempotency_key=idempotency_key)
    for move in _way_to.get(status, []):
        order = move(order.id)
    return order


def tenant(slug: str = "other", **fields: Any) -> Tenant:
    """A tenant; its id follows from its slug."""
    made: Tenant = Tenant.objects.create(
        **{"id": default_tenant_id(slug), "slug": slug, "name": slug.capitalize(), **fields}
    )
    return made


def demo_tenant() -> Tenant:
    """The default tenant of the tests."""
    return Tenant.objects.get(slug="demo")


def token(*, scopes: Iterable[str] = ALL_SCOPES, of: Tenant | None = None, **fields: Any) -> str:
    """A bearer token's text, of the default tenant unless ``of`` names another."""
    _, text = create_token(tenant=of or demo_tenant(), name=f"token {next(_numbers)}", scopes=scopes, **fields)
    return text


def user(
    *,
    role: str = Membership.Role.ADMIN,
    of: Tenant | None = None,
    username: str = "",
    password: str | None = None,
    **fields: Any,
) -> User:
    """A person with one role in a tenant; without a password the person can't sign in with the form."""
    person = User.objects.create_user(username or f"user{next(_numbers)}", password=password, **fields)
    Membership.objects.create(user=person, tenant=of or demo_tenant(), role=role)
    return person


def in_each_tenant(read: Callable[[], T]) -> list[T]:
    """The result of ``read`` in each tenant, in order of the tenants' slugs."""
    found = []
    for one in Tenant.objects.order_by("slug"):
        with tenant_context(one.pk):
            found.append(read())
    return found
