"""Tracing: one order is one trace, from the mutation to the socket, over web, dispatcher and worker."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.test import AsyncClient
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from events.dispatch import notification
from events.dispatch.numbering import number_and_notify
from events.models import Event
from events.tests.dispatch.dispatching import do_due
from graphql_api.schema import schema
from graphql_api.tests.live.sockets import TENANT, client, notify, received, stands
from graphql_api.tests.serving import executor_for, serving
from graphql_server.live.stream.threads import in_thread
from graphql_server.tests.asking import post
from tenants.context import tenant_context
from tenants.tracing import spans
from tenants.tracing.otel import OpenTelemetry, follow
from tests.environment import ROOT, fresh_environment

CLIENTS_TRACE, CLIENTS_SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
EMAIL = "ada.lovelace@example.com"
CREATE = """mutation PlacedByAClient { createOrder(input: {customerEmail: "ada.lovelace@example.com",
    lines: [{sku: "TEA-1", quantity: 2, unitPrice: "4.50"}]}) { order { number } userErrors { message } } }"""
FOLLOW = "subscription { orderEvents { sequence } }"


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """The spans that this process has ended."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    made = OpenTelemetry("test", provider)
    monkeypatch.setattr(spans, "tracing", made)
    yield exporter
    made.end()


def dispatch() -> None:
    """The work of a dispatcher, and, as tasks are eager, of a worker; on another thread than the mutation's."""
    follow(connections["default"], spans.tracing.tracer)  # type: ignore[union-attr]  # it may be open already
    number_and_notify([TENANT], wait=True)
    with tenant_context(TENANT):
        while do_due():
            pass


async def order_traced(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Place an order over HTTP beside a subscriber, do all that follows, and wait until the subscriber has it."""
    monkeypatch.setattr(notification, "notify", lambda tenant_id: None)
    with serving(executor_for(schema)) as executor:
        async with client(ping_seconds=0.05) as subscriber:
            await subscriber.initialises({})
            await subscriber.subscribes("1", FOLLOW)
            await stands(subscriber, "1")
            headers = {"traceparent": f"00-{CLIENTS_TRACE}-{CLIENTS_SPAN}-01", "x-request-id": "request-of-the-test"}
            answer = await post(AsyncClient(), {"query": CREATE}, headers=headers)
            assert answer.json()["data"]["createOrder"]["userErrors"] == []
            await in_thread(dispatch)
            [event] = await in_thread(lambda: list(Event.unguarded.filter(type="order.created")))
            await notify([event])
            assert await received(subscriber, 1) == [1]
        executor.threads.shutdown()
    return event


def of_the_order(exporter: InMemorySpanExporter) -> list[Any]:
    """The spans of the client's trace."""
    return [one for one in exporter.get_finished_spans() if one.context.trace_id == int(CLIENTS_TRACE, 16)]


@pytest.mark.receivers
@pytest.mark.django_db(transaction=True)
async def test_one_order_is_one_trace_from_the_mutation_to_the_socket(
    exported: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = await order_traced(monkeypatch)

    found = of_the_order(exported)
    named = {one.name: one for one in found}
    joined = {"numbering pass", "live delivery", "send processing", "send notifications"} | {
        f"receiver {name}" for name in ("audit", "processing", "notifications")
    }
    assert {"mutation createOrder", "transaction", "INSERT"} | joined <= {*named}
    assert named["mutation createOrder"].parent.span_id == int(CLIENTS_SPAN, 16)
    [written] = [one for one in found if f"{one.context.span_id:016x}" == event.traceparent.split("-")[2]]
    assert (written.name, written.parent) == ("transaction", named["mutation createOrder"].context)
    assert {name for name in joined if named[name].parent.span_id != written.context.span_id} == set()
    assert event.request_id == "request-of-the-test"
    assert named["mutation createOrder"].attributes["request_id"] == "request-of-the-test"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("details", [False, True])
async def test_spans_have_texts_only_where_they_are_asked_for(
    exported: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch, settings, details: bool
) -> None:
    settings.TRACING_DETAILS = details

    await order_traced(monkeypatch)

    spans_text = json.dumps([json.loads(one.to_json()) for one in exported.get_finished_spans()])
    assert ("createOrder(input" in spans_text) is details
    assert ("INSERT INTO" in spans_text) is details
    assert (EMAIL in spans_text) is details  # The client wrote it into the document.


def test_a_failure_is_marked_by_its_type_alone(exported: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="ada"), spans.span("failing"):
        raise ValueError(EMAIL)

    [span] = exported.get_finished_spans()
    assert (span.status.is_ok, span.status.description, [*span.events]) == (False, "ValueError", [])


def test_a_batch_has_links_to_its_traces(exported: InMemorySpanExporter) -> None:
    parents = [f"00-{number:032x}-{number:016x}-01" for number in (1, 2)]

    with spans.span("batch", "consumer", [*parents, parents[0], "", "no header"]):
        pass

    [span] = exported.get_finished_spans()
    assert span.parent is None
    assert [link.context.trace_id for link in span.links] == [1, 2]


def test_statements_outside_a_span_have_none(exported: InMemorySpanExporter, db: None) -> None:
    follow(connections["default"], spans.tracing.tracer)  # type: ignore[union-attr]

    Event.unguarded.count()

    assert exported.get_finished_spans() == ()


def test_where_tracing_is_on_its_module_is_imported() -> None:
    # Where it is off, it is not (config/tests/test_imports.py).
    code = "import sys, config.asgi; print('tenants.tracing.otel' in sys.modules)"
    env = fresh_environment(PYTHONPATH=str(ROOT), DJANGO_SETTINGS_MODULE="config.settings", TRACING="1")

    ended = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True, check=True)

    assert ended.stdout.split()[-1] == "True"
