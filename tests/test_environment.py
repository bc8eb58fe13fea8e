"""The environment of every test: the default tenant, no other hosts, and the handbook's test unchanged."""

import socket
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import transaction

from audit.models import AuditLog
from orders.models import Order
from tenants.context import NoTenant, current_tenant_id
from tenants.models import Tenant
from tenants.values.identifiers import default_tenant_id
from tests import factories
from tests.environment import fresh_environment, lacks, left_out, outside
from tests.network import OutsideRefused


@pytest.mark.receivers
@pytest.mark.django_db
def test_audit_log_created_on_order_create() -> None:
    """Word for word the handbook's."""
    Order.objects.create(total=100, status="NEW")
    assert AuditLog.objects.count() == 1


def test_default_tenant_is_the_demo_tenant() -> None:
    assert current_tenant_id() == default_tenant_id("demo")


@pytest.mark.no_default_tenant
def test_marker_removes_the_default_tenant() -> None:
    with pytest.raises(NoTenant):
        current_tenant_id()


@pytest.mark.no_default_tenant
@pytest.mark.django_db(transaction=True)
def test_default_tenant_comes_back_after_a_test_without_one() -> None:
    assert settings.DEFAULT_TENANT == ""
    assert list(Tenant.objects.values_list("slug", flat=True)) == ["demo"]


@pytest.mark.django_db
def test_fixtures_give_two_tenants(tenant: Tenant, other_tenant: Tenant) -> None:
    assert (tenant.id, other_tenant.id) == (default_tenant_id("demo"), default_tenant_id("other"))


@pytest.mark.receivers
@pytest.mark.django_db
def test_settle_runs_callbacks_that_are_being_captured(
    settle: Callable[[], int],
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    with transaction.atomic():
        factories.place_order()
    assert AuditLog.objects.count() == 0
    settle()
    assert AuditLog.objects.count() == 1
    assert settle() == 0


@pytest.mark.parametrize(
    ("call", "arguments", "host"),
    [
        (socket.create_connection, [("192.0.2.1", 80)], "192.0.2.1"),
        (socket.getaddrinfo, ["example.com", 443], "example.com"),
        (socket.gethostbyname, ["example.com"], "example.com"),
    ],
)
def test_other_hosts_are_refused(call: Callable[..., object], arguments: list[object], host: str) -> None:
    with pytest.raises(OutsideRefused):
        call(*arguments)
    assert outside.attempts == [host]
    outside.attempts.clear()


def test_datagrams_to_other_hosts_are_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, pytest.raises(OutsideRefused):
        sender.sendto(b"hello", ("192.0.2.2", 53))
    outside.attempts.clear()


def test_loopback_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()):
        pass
    assert outside.attempts == []


def test_separate_processes_get_no_settings_of_this_run() -> None:
    environment = fresh_environment(DATABASE_URL="postgresql://127.0.0.1/x")
    assert environment["DATABASE_URL"] == "postgresql://127.0.0.1/x"
    assert not environment.keys() & {"EVENTS_DISPATCH", "CELERY_TASK_ALWAYS_EAGER", "ORDERS_DATA_DIR", "REDIS_URL"}


@pytest.mark.parametrize(
    ("marks", "expression", "is_left_out"),
    [
        ("pytest.mark.django_db(transaction=True)", "not e2e and not database", True),
        ("[\n    pytest.mark.relay_too,\n    pytest.mark.postgresql,\n]", "not database", True),
        ("[pytest.mark.e2e, pytest.mark.long]", "e2e and not long", True),
        ("pytest.mark.both_databases", "not database", False),
        ("pytest.mark.e2e", "e2e and not database", False),
        ("pytest.mark.e2e", "not e2e or long", False),
        ("pytest.mark.e2e", "not (e2e and long)", False),
        ("pytest.mark.django_db", "", False),
    ],
)
def test_files_without_a_chosen_test_are_not_imported(marks: str, expression: str, is_left_out: bool) -> None:
    assert left_out(f"import pytest\n\npytestmark = {marks}\n\n\ndef test_a(): ...\n", expression) is is_left_out
    assert not left_out(f"@{marks.strip('[]')}\ndef test_a(): ...\n", expression)


@pytest.mark.parametrize(
    ("keyword", "is_left_out"),
    [
        ("Refused", False),
        ("idempotency", False),
        ("stock", True),
        ("not stock", False),
        ("stock or paid", False),
        ("", False),
    ],
)
def test_files_without_the_chosen_word_are_not_imported(keyword: str, is_left_out: bool) -> None:
    assert lacks("orders/tests/test_idempotency.py def test_order_is_refused(): ...", keyword) is is_left_out
