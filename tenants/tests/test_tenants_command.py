"""``manage.py tenants``."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tenants.models import Tenant

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("tenants", *arguments, stdout=out)
    return out.getvalue()


def test_a_tenant_is_made_and_listed() -> None:
    run("create", "shop", "--name", "The Shop", "--currency", "CHF")

    made = Tenant.objects.get(slug="shop")
    assert (made.name, made.default_currency, made.is_active) == ("The Shop", "CHF", True)
    assert [line.split() for line in run("list").splitlines()] == [
        ["demo", "EUR", "Demo"],
        ["shop", "CHF", "The", "Shop"],
    ]


@pytest.mark.parametrize("slug", ["demo", "not a slug", "", "x" * 64])
def test_a_malformed_slug_is_refused(slug: str) -> None:
    with pytest.raises(CommandError):
        run("create", slug)
    assert Tenant.objects.count() == 1
