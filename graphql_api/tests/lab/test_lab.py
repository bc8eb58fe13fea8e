"""The signal lab over GraphQL: for the open demo in ``./dev up``, and FORBIDDEN for all other callers."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from channels.layers import channel_layers
from django.conf import LazySettings

from events.dispatch.inline import settle
from events.lab import lab
from events.models import Delivery
from events.receivers import RECEIVERS
from graphql_api.tests.client import ask, caller_of, data_of, refusal_of
from tenants.auth.authentication import demo_caller
from tenants.context import ALL_SCOPES
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = pytest.mark.django_db

LAB = """{ lab { receivers { name file source fault { mode left attempts failed } }
  plugs { plug isAvailable secondsLeft dropped } } }"""
EFFECTS = """query ($after: String) { labEffects(after: $after) {
  kind expected done waiting dead skipped lost doubled } }"""
BREAK = """mutation ($receiver: String!, $mode: FaultMode!, $count: Int! = 1) {
  breakReceiver(input: {receiver: $receiver, mode: $mode, count: $count}) {
    lab { receivers { name fault { mode left attempts failed } } } userErrors { code field message } } }"""
REPAIR = """mutation ($receiver: String!) {
  repairReceiver(input: {receiver: $receiver}) { lab { receivers { name fault { mode } } } } }"""
PULL = """mutation ($plug: Plug!, $seconds: Int!) {
  pullPlug(input: {plug: $plug, seconds: $seconds}) {
    lab { plugs { plug secondsLeft } } userErrors { code field message } } }"""
EVERY: list[tuple[str, dict[str, Any]]] = [
    (LAB, {}),
    (EFFECTS, {}),
    (BREAK, {"receiver": "audit", "mode": "ALWAYS"}),
    (REPAIR, {"receiver": "audit"}),
    (PULL, {"plug": "WORKER", "seconds": 10}),
]
CLOSED = ("FORBIDDEN", "The signal lab is available only in the open demo of ./dev up.")


@pytest.fixture
def worker() -> list[str]:
    """The worker's commands, in order."""
    return []


@pytest.fixture
def opened(worker: list[str], monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> Iterator[lab.Lab]:
    """An open lab, closed after the test; on the channel layer of ./dev up, which labs need."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "events.channel_layer.in_memory.ThreadSafeInMemoryLayer"}}
    channel_layers.backends.pop("default", None)
    monkeypatch.setattr("events.dispatch.ledger.BACKOFF_SECONDS", 0.0)
    yield lab.open_lab(stop_worker=lambda: worker.append("stop"), start_worker=lambda: worker.append("start"))
    lab.close_lab()
    channel_layers.backends.pop("default", None)


def fault_of(answer: dict[str, Any], receiver: str) -> dict[str, Any] | None:
    [found] = answer.values()
    shown = found.get("lab", found)["receivers"]
    fault: dict[str, Any] | None = next(one["fault"] for one in shown if one["name"] == receiver)
    return fault


@pytest.mark.parametrize(("query", "variables"), EVERY)
def test_where_no_lab_is_open_it_is_forbidden(query: str, variables: dict[str, Any], tenant: Tenant) -> None:
    before = dict(RECEIVERS)

    assert refusal_of(query, variables) == CLOSED
    assert before == RECEIVERS


@pytest.mark.parametrize(("query", "variables"), EVERY)
@pytest.mark.parametrize("setting", ["EMBEDDED", "ORDERS_DEMO"])
def test_in_production_it_is_forbidden_even_to_the_process_that_opened_it(
    query: str, variables: dict[str, Any], setting: str, opened: lab.Lab, worker: list[str], settings: Any
) -> None:
    setattr(settings, setting, False)

    assert refusal_of(query, variables) == CLOSED
    assert (opened.faults, worker) == ({}, [])


@pytest.mark.parametrize(("query", "variables"), EVERY)
def test_only_the_open_demo_may_use_it(
    query: str, variables: dict[str, Any], opened: lab.Lab, worker: list[str], other_tenant: Tenant
) -> None:
    member = replace(demo_caller(), is_demo=False, actor="token:ord_abc")
    for caller in (caller_of(other_tenant), member):
        assert refusal_of(query, variables, caller=caller) == CLOSED
    unscoped = replace(demo_caller(), scopes=ALL_SCOPES - {"receivers:write"})
    assert refusal_of(query, variables, caller=unscoped) == (
        "FORBIDDEN",
        "This needs the scope receivers:write.",
    )
    assert (opened.faults, worker) == ({}, [])


def test_receivers_show_the_source_that_runs(opened: lab.Lab, tenant: Tenant) -> None:
    found = {one["name"]: one for one in data_of(LAB)["lab"]["receivers"]}

    assert list(found) == ["audit", "notifications", "processing", "subscriptions", "webhooks"]
    assert found["audit"]["file"] == "orders/receivers/audit.py"
    assert found["audit"]["source"].startswith("@receiver([*BUSINESS_SIGNALS")
    assert "write_audit_logs([entry_of(event) for event in events])" in found["audit"]["source"]
    assert found["audit"]["fault"] is None


@pytest.mark.receivers
def test_receiver_is_broken_shown_repaired_and_its_dead_delivery_retried(opened: lab.Lab, tenant: Tenant) -> None:
    assert fault_of(data_of(BREAK, {"receiver": "audit", "mode": "NEXT", "count": 9}), "audit") == {
        "mode": "NEXT",
        "left": 9,
        "attempts": 0,
        "failed": 0,
    }
    data_of(BREAK, {"receiver": "audit", "mode": "ALWAYS"})
    place_order()
    for _ in range(lab.ATTEMPTS):
        settle()
    shown = data_of(
        '{ deliveries(receiver: "audit") { nodes { id status attempts maxAttempts failed { code message } } } }'
    )
    [letter] = shown["deliveries"]["nodes"]
    assert (letter["status"], letter["attempts"], letter["maxAttempts"]) == ("DEAD", 4, 4)
    assert letter["failed"] == {"code": "FAILED", "message": "The last attempt failed."}
    assert fault_of(data_of(LAB), "audit") == {"mode": "ALWAYS", "left": None, "attempts": 4, "failed": 4}
    audit = next(one for one in data_of(EFFECTS)["labEffects"] if one["kind"] == "AUDIT_RECORD")
    assert audit == {"kind": "AUDIT_RECORD", **dict.fromkeys(("done", "waiting", "skipped", "lost", "doubled"), 0)} | {
        "expected": 1,
        "dead": 1,
    }

    assert fault_of(data_of(REPAIR, {"receiver": "audit"}), "audit") is None
    data_of("mutation ($id: ID!) { retryDelivery(input: {id: $id}) { userErrors { code } } }", {"id": letter["id"]})
    settle()
    assert Delivery.objects.get(receiver="audit").status == "SUCCEEDED"


def test_outages_last_for_a_while(opened: lab.Lab, worker: list[str], tenant: Tenant) -> None:
    for plug in ("WORKER", "CHANNEL_LAYER"):
        data_of(PULL, {"plug": plug, "seconds": 10})

    shown = {one["plug"]: one for one in data_of(LAB)["lab"]["plugs"]}
    assert worker == ["stop"]
    assert [9 < one["secondsLeft"] <= 10 for one in shown.values()] == [True, True]


@pytest.mark.parametrize(
    ("query", "variables", "refused"),
    [
        (BREAK, {"receiver": "unknown", "mode": "ALWAYS"}, [("NOT_FOUND", "receiver")]),
        (BREAK, {"receiver": "subscriptions", "mode": "ALWAYS"}, [("NOT_FOUND", "receiver")]),
        (BREAK, {"receiver": "audit", "mode": "NEXT", "count": 0}, [("INVALID", "count")]),
        (PULL, {"plug": "WORKER", "seconds": 61}, [("INVALID", "seconds")]),
        (PULL, {"plug": "CHANNEL_LAYER", "seconds": 5}, [("INVALID", "plug")]),
        (PULL, {"plug": "CHANNEL_LAYER", "seconds": 0}, [("INVALID", "seconds"), ("INVALID", "plug")]),
    ],
)
def test_impossible_requests_are_refused(
    query: str,
    variables: dict[str, Any],
    refused: list[tuple[str, str]],
    opened: lab.Lab,
    worker: list[str],
    tenant: Tenant,
) -> None:
    opened.layer.available = False
    [answer] = data_of(query, variables).values()

    assert [(error["code"], *error["field"]) for error in answer["userErrors"]] == refused
    assert (opened.faults, worker) == ({}, [])


def test_repairing_a_working_receiver_does_nothing(opened: lab.Lab, tenant: Tenant) -> None:
    assert "errors" not in ask(REPAIR, {"receiver": "unknown"})


@pytest.mark.receivers
def test_effects_are_counted_after_a_cursor(opened: lab.Lab, tenant: Tenant) -> None:
    place_order()
    here = data_of("{ orders { eventCursor } }")["orders"]["eventCursor"]
    place_order()

    counted = {one["kind"]: one for one in data_of(EFFECTS, {"after": here})["labEffects"]}
    assert counted["EVENT"]["done"] == counted["PROCESSING"]["done"] == counted["AUDIT_RECORD"]["done"] == 1
    assert [one["lost"] + one["doubled"] for one in counted.values()] == [0] * len(counted)
    assert refusal_of(EFFECTS, {"after": "x"})[0] == "BAD_USER_INPUT"
