"""``manage.py tokens``."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tenants.auth.authentication import InvalidToken, authenticate_token
from tenants.auth.recent_callers import recent_callers
from tenants.models import ApiToken, Tenant
from tests import factories

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("tokens", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_a_token_is_made_listed_and_revoked(tenant: Tenant) -> None:
    text = run("create", "--name", "ERP", "--scopes", "orders:read", "--days", "30").strip()
    caller = authenticate_token(f"Bearer {text}")
    assert (caller.tenant_id, sorted(caller.scopes)) == (tenant.pk, ["orders:read"])

    listed = run("list")
    assert text not in listed
    assert listed.startswith(f"{text[:12]}…  valid until ")
    assert listed.endswith("ERP (orders:read)\n")

    assert run("revoke", text[:10]) == f"Revoked the token {text[:12]}… (ERP).\n"
    recent_callers.forget()
    with pytest.raises(InvalidToken):
        authenticate_token(f"Bearer {text}")
    assert "  revoked " in run("list")


def test_a_name_that_reorders_the_list_is_refused(tenant: Tenant) -> None:
    with pytest.raises(CommandError, match=r"--name: Must not contain the character U\+202E\."):
        run("create", "--name", "ERP\u202e")
    assert ApiToken.objects.count() == 0


def test_a_list_is_one_tenants(other_tenant: Tenant) -> None:
    factories.token(of=other_tenant)

    assert (run("list"), len(run("list", "--tenant", "other").splitlines())) == ("", 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "--tenant", "unknown"),
        ("create", "--scopes", "orders:delete"),
        ("revoke", "ord_"),
        ("revoke", "ord_nothing_so"),
    ],
)
def test_an_unknown_token_or_tenant_is_an_error(arguments: tuple[str, ...]) -> None:
    factories.token()
    with pytest.raises(CommandError):
        run(*arguments)

    assert ApiToken.objects.filter(revoked_at=None).count() == 1
