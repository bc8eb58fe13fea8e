"""People sign in with a password; their session authenticates their calls."""

import gc
import re
from types import TracebackType
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.hashers import identify_hasher
from django.test import Client

from tenants.defaults import DEMO_PASSWORD, DEMO_USER, ensure_demo_user
from tenants.models import Membership, Tenant, User
from tests import factories

pytestmark = pytest.mark.django_db
WHO = {"query": "{ viewer { actor scopes } }"}


@pytest.fixture
def clerk() -> User:
    """A person who works in the demo tenant and may not use the admin."""
    return factories.user(username="ada", role=Membership.Role.OPERATOR, password="a long enough password")


def sign_in(client: Client, **given: str) -> str:
    """Sign in, and return the address of the redirect; None if the form is shown again."""
    form = {"username": "ada", "password": "a long enough password", **given}
    response = client.post("/login/", form)
    return response.headers.get("Location", "")


def test_the_password_is_kept_by_argon2(clerk: User):
    assert identify_hasher(clerk.password).algorithm == "argon2"


def test_a_signed_in_user_has_the_rights_of_the_role(client: Client, clerk: User):
    assert sign_in(client) == "/"

    viewer = client.get("/graphql/", WHO).json()["data"]["viewer"]
    assert viewer == {"actor": "user:ada", "scopes": ["orders:read", "orders:write"]}
    assert client.get("/login/").content.count(b"Sign out") == 1


def refusal_of(client: Client, **given: str) -> str:
    """The error in the form."""
    response = client.post("/login/", {"username": "ada", "password": "a long enough password", **given})
    assert response.status_code == 200
    assert "sessionid" not in client.cookies
    said: str
    [said] = re.findall(r'role="alert">([^<]+)<', response.content.decode())
    return said


def test_a_wrong_name_and_a_wrong_password_give_the_same_error(client: Client, clerk: User):
    assert refusal_of(client, password="wrong") == refusal_of(client, username="unknown")
    assert refusal_of(client, username="a\x00b") == "Username: Null characters are not allowed."


def test_a_refused_sign_in_is_freed_without_the_garbage_collector(client: Client, clerk: User):
    refusal_of(client, password="wrong")
    gc.collect()
    gc.disable()
    try:
        before = sum(type(one) is TracebackType for one in gc.get_objects())
        refusal_of(client, password="wrong")
        assert sum(type(one) is TracebackType for one in gc.get_objects()) == before
    finally:
        gc.enable()


def test_the_page_a_person_came_from_is_kept_if_it_is_ours(client: Client, clerk: User):
    assert sign_in(client, next="/api/docs/") == "/api/docs/"
    client.logout()
    assert sign_in(client, next="https://evil.example/") == "/"
    client.logout()
    assert sign_in(client, next="//evil.example/") == "/"


def test_signing_out_ends_the_session(client: Client, clerk: User):
    sign_in(client)
    key = client.cookies["sessionid"].value

    assert client.get("/logout/").status_code == 405  # A link on another page signs no user out.
    assert client.post("/logout/").headers["Location"] == "/login/"
    client.cookies["sessionid"] = key
    assert "user:ada" not in client.get("/graphql/", WHO).content.decode()


def test_the_session_is_a_new_one_after_signing_in(client: Client, clerk: User):
    client.cookies["sessionid"] = "a" * 32

    sign_in(client)

    assert client.cookies["sessionid"].value != "a" * 32
    assert client.cookies["sessionid"]["httponly"]
    assert client.cookies["sessionid"]["samesite"] == "Lax"


def test_a_form_of_another_site_cannot_sign_in(clerk: User):
    client = Client(enforce_csrf_checks=True)

    response = client.post("/login/", {"username": "ada", "password": "a long enough password"})

    assert response.status_code == 403


def test_the_page_has_a_content_security_policy(client: Client):
    page = client.get("/login/")

    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert b"<script" not in page.content
    assert b"style=" not in page.content


def test_the_published_password_opens_only_the_demo(client: Client, settings: LazySettings):
    person = ensure_demo_user()
    known = {"username": DEMO_USER, "password": DEMO_PASSWORD}

    settings.ORDERS_DEMO = False
    assert sign_in(client, **known) == ""
    settings.ORDERS_DEMO = True
    assert sign_in(client, **known) == "/"

    client.logout()
    settings.ORDERS_DEMO = False
    person.set_password("a long enough password")
    person.save()
    assert sign_in(client, username=DEMO_USER) == "/"


@pytest.mark.parametrize(
    "through",
    [
        {"REMOTE_ADDR": "192.0.2.1"},
        {"headers": {"x-forwarded-for": "127.0.0.1"}},
        {"headers": {"cf-connecting-ip": "192.0.2.1"}},
        {"headers": {"x-forwarded-proto": "https"}},
        {"headers": {"host": "orders.example.com"}},
    ],
)
def test_the_demos_login_opens_only_to_this_machine(client: Client, settings: LazySettings, through: dict[str, Any]):
    settings.ALLOWED_HOSTS = ["*"]
    ensure_demo_user()
    known = {"username": DEMO_USER, "password": DEMO_PASSWORD}

    assert client.post("/login/", known, **through).status_code == 200
    assert "sessionid" not in client.cookies
    assert client.post("/login/", known, headers={"host": "localhost:8000"}).status_code == 302


def test_a_person_switches_the_tenant_of_their_session(client: Client, clerk: User, other_tenant: Tenant):
    extra = Membership.objects.create(user=clerk, tenant=other_tenant, role="viewer")
    sign_in(client)

    def at() -> list[tuple[str, str]]:
        page = client.get("/login/").content.decode()
        return re.findall(r"at <strong>([^<]+)<|Switch to ([^<]+)<", page)

    assert at() == [("Demo", ""), ("", "Other")]
    assert client.get("/tenant/").status_code == 405
    assert client.post("/tenant/", {"tenant": "other"}).headers["Location"] == "/"
    assert at() == [("Other", ""), ("", "Demo")]

    extra.delete()
    assert at() == [("Demo", "")]


@pytest.mark.parametrize("slug", ["other", "unknown", "", "a\x00b"])
def test_a_person_cannot_switch_to_another_tenant(client: Client, clerk: User, other_tenant: Tenant, slug: str):
    assert client.post("/tenant/", {"tenant": slug}).headers["Location"] == "/login/?next=/tenant/"
    sign_in(client)

    assert client.post("/tenant/", {"tenant": slug}).status_code == 403
    assert "tenant" not in client.session
