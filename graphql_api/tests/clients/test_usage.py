"""Clients' use of the schema: counted in memory, written in batches, and shown to a tenant's admins."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.conf import LazySettings
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from graphql import build_schema

from graphql_api.clients import usage as module
from graphql_api.clients.models import SchemaUse
from graphql_api.clients.usage import DEPRECATED_USES, NOT_COUNTED, Usage
from graphql_api.schema import schema
from graphql_api.tests.client import ask, caller_of, data_of, refusal_of
from graphql_server.documents.uses import Use, deprecated_coordinates
from tenants.auth.authentication import demo_caller
from tenants.context import Caller, tenant_context
from tenants.models import Tenant
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

TOTAL, ID = Use(("Query.orders", "Order.total")), Use(("Query.orders", "Order.id"))
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SHOWN = "{ schemaUses { nodes { coordinate client clientVersion count } } }"


def shop(version: str = "1", caller: Caller | None = None) -> Caller:
    """A caller by the program ``shop``."""
    return replace(caller or demo_caller(), client="shop", client_version=version)


def rows() -> list[tuple[str, str, str, int]]:
    """The current tenant's counts."""
    return sorted(SchemaUse.objects.values_list("coordinate", "client", "client_version", "count"))


@pytest.fixture
def usage(settings: LazySettings) -> Usage:
    """The counts of a process, without a thread."""
    settings.GRAPHQL_USAGE_SECONDS = 30.0
    made = Usage({"Order.total": "Use amount."}, frozenset({"shop"}))
    made._thread = mock.Mock()
    return made


def value(metric: Any, *labels: str) -> float:
    return float((metric.labels(*labels) if labels else metric)._value.get())


def test_operations_are_added_up_by_client_version_and_coordinate(usage: Usage, tenant: Tenant) -> None:
    for caller, use in ((shop(), TOTAL), (shop(), TOTAL), (shop(), ID), (shop("2"), ID), (demo_caller(), ID)):
        usage.count(caller, use)
    assert rows() == []

    with time_machine.travel(NOW, tick=False):
        usage.flush()
    usage.count(shop(), ID)
    usage.flush()
    usage.flush()

    assert rows() == [
        ("Order.id", "", "", 1),
        ("Order.id", "shop", "1", 2),
        ("Order.id", "shop", "2", 1),
        ("Order.total", "shop", "1", 2),
        ("Query.orders", "", "", 1),
        ("Query.orders", "shop", "1", 4),
        ("Query.orders", "shop", "2", 1),
    ]
    row = SchemaUse.objects.get(coordinate="Order.id", client_version="1")
    assert row.first_used_at == NOW < row.last_used_at


def test_each_tenant_sees_its_own_counts_and_callers_without_a_tenant_are_not_written(
    usage: Usage, tenant: Tenant, other_tenant: Tenant
) -> None:
    usage.count(shop(), ID)
    usage.count(shop("2", caller_of(other_tenant)), TOTAL)
    usage.count(Caller(client="shop"), TOTAL)
    usage.flush()

    assert rows() == [("Order.id", "shop", "1", 1), ("Query.orders", "shop", "1", 1)]
    with tenant_context(other_tenant.pk):
        assert rows() == [("Order.total", "shop", "2", 1), ("Query.orders", "shop", "2", 1)]
    mine = data_of(SHOWN)["schemaUses"]["nodes"]
    theirs = data_of(SHOWN, caller=caller_of(other_tenant))["schemaUses"]["nodes"]
    assert {one["clientVersion"] for one in mine} == {"1"}
    assert {one["clientVersion"] for one in theirs} == {"2"}


def test_what_could_not_be_written_is_written_later(usage: Usage, tenant: Tenant, other_tenant: Tenant) -> None:
    usage.count(shop(), ID)
    usage.count(shop(caller=caller_of(other_tenant)), ID)
    write = usage._write

    def fails_for_one(tenant_id: Any, uses: Any) -> None:
        if tenant_id == tenant.pk:
            raise OperationalError
        write(tenant_id, uses)

    with mock.patch.object(usage, "_write", fails_for_one):
        usage.flush()
    usage.count(shop(), ID)
    usage.flush()

    assert rows() == [("Order.id", "shop", "1", 2), ("Query.orders", "shop", "1", 2)]
    with tenant_context(other_tenant.pk):
        assert rows() == [("Order.id", "shop", "1", 1), ("Query.orders", "shop", "1", 1)]


def test_memory_is_bounded_and_says_what_was_left_out(usage: Usage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEYS", 3)
    before = value(NOT_COUNTED)
    for number in range(5):
        usage.count(shop(str(number)), ID)
    usage.count(shop("0"), ID)

    assert len(usage._counts) == 3
    assert value(NOT_COUNTED) - before == 2
    with mock.patch.object(usage, "_write", side_effect=OperationalError):
        usage.flush()
    assert len(usage._counts) == 3


def test_names_that_clients_choose_do_not_fill_the_table(usage: Usage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CLIENTS", 3)
    for number in range(6):
        usage.count(shop(str(number)), ID)
        usage.flush()

    assert rows()[:4] == [("Order.id", "other", "", 3), *(("Order.id", "shop", str(one), 1) for one in range(3))]


def test_a_client_that_is_known_is_not_looked_for_again(usage: Usage, tenant: Tenant) -> None:
    usage.count(shop(), ID)
    usage.flush()
    usage.count(shop(), TOTAL)
    with CaptureQueriesContext(connection) as captured:
        usage.flush()
    usage.count(shop("2"), ID)
    with CaptureQueriesContext(connection) as with_another:
        usage.flush()

    assert [one for one in captured if "DISTINCT" in one["sql"]] == []
    assert len([one for one in with_another if "DISTINCT" in one["sql"]]) == 1
    assert rows()[:2] == [("Order.id", "shop", "1", 1), ("Order.id", "shop", "2", 1)]


def test_rows_go_ninety_days_after_their_last_use(usage: Usage) -> None:
    with time_machine.travel(NOW, tick=False):
        usage.count(shop("1"), ID)
        usage.flush()
    with time_machine.travel(NOW + timedelta(days=91), tick=False):
        usage._cleaned.clear()
        usage.count(shop("2"), ID)
        usage.flush()
        assert {row[2] for row in rows()} == {"2"}


def test_metrics_show_deprecated_parts_by_clients_with_contracts(usage: Usage) -> None:
    before = [value(DEPRECATED_USES, "Order.total", client) for client in ("shop", "other")]
    usage.count(shop(), TOTAL)
    usage.count(replace(demo_caller(), client="anything"), TOTAL)
    usage.flush()

    after = [value(DEPRECATED_USES, "Order.total", client) for client in ("shop", "other")]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1]
    labels = {sample.labels["coordinate"] for sample in next(iter(DEPRECATED_USES.collect())).samples}
    assert "Order.id" not in labels


def test_nothing_is_counted_when_it_is_switched_off(usage: Usage, settings: LazySettings) -> None:
    settings.GRAPHQL_USAGE_SECONDS = 0.0
    usage.count(shop(), ID)
    assert not usage._counts


def test_admins_page_through_uses_the_latest_first_and_filter_them(usage: Usage) -> None:
    with time_machine.travel(NOW, tick=False):
        usage.count(shop(), TOTAL)
        usage.flush()
    usage.count(replace(demo_caller(), client="report"), ID)
    usage.flush()

    page = data_of("{ schemaUses(first: 2) { nodes { client count lastUsedAt } pageInfo { endCursor hasNextPage } } }")
    first = page["schemaUses"]
    assert [(one["client"], one["count"]) for one in first["nodes"]] == [("report", "1")] * 2
    rest = data_of(
        "query ($a: String) { schemaUses(after: $a) { nodes { client } } }", {"a": first["pageInfo"]["endCursor"]}
    )
    assert [one["client"] for one in rest["schemaUses"]["nodes"]] == ["shop"] * 2

    def found(arguments: str) -> list[str]:
        nodes = data_of(f"{{ schemaUses({arguments}) {{ nodes {{ coordinate }} }} }}")["schemaUses"]["nodes"]
        return [one["coordinate"] for one in nodes]

    assert found('coordinate: "Order.total"') == ["Order.total"]
    assert found('client: "report", coordinate: "Order.total"') == []
    assert found('client: "\\u0000"') == []
    assert sorted(found('client: "shop"')) == ["Order.total", "Query.orders"]


def test_deprecated_parts_have_their_reason(usage: Usage, monkeypatch: pytest.MonkeyPatch) -> None:
    old = build_schema('type Query { orders: Int }  type Order { total: Int @deprecated(reason: "Use amount.") }')
    usage.count(shop(), TOTAL)
    usage.flush()
    for path in ("graphql_api.types.schema_uses", "graphql_api.administration.schema_use_fields"):
        monkeypatch.setattr(f"{path}.core_schema", lambda _: old)

    found = data_of("{ schemaUses(deprecatedOnly: true) { nodes { coordinate deprecationReason } } }")
    assert found["schemaUses"]["nodes"] == [{"coordinate": "Order.total", "deprecationReason": "Use amount."}]
    assert deprecated_coordinates(schema._schema).keys() != {"Order.total"}


def test_uses_are_for_admins() -> None:
    reader = replace(demo_caller(), scopes=frozenset({"orders:read"}))
    assert refusal_of(SHOWN, caller=reader) == ("FORBIDDEN", "This needs the scope admin.")
    assert "errors" not in ask(SHOWN, caller=replace(reader, scopes=frozenset({"admin"})))


def test_the_admin_site_lists_the_chosen_tenants_uses(usage: Usage, tenant: Tenant, other_tenant: Tenant) -> None:
    usage.count(shop("mine"), ID)
    usage.count(shop("theirs", caller_of(other_tenant)), ID)
    usage.flush()
    client = Client()
    client.force_login(factories.user(is_staff=True))

    page = client.get("/admin/clients/schemause/").content.decode()

    assert "mine" in page
    assert "theirs" not in page
    row = SchemaUse.objects.filter(coordinate="Order.id").get()
    assert client.get(f"/admin/clients/schemause/{row.pk}/change/").status_code == 200
    assert client.post(f"/admin/clients/schemause/{row.pk}/delete/", {"post": "yes"}).status_code == 403
