"""Metrics and logs: counters of events, gauges from the database, and ids in every line of the log."""

import gc
import json
import re
import urllib.request
from datetime import timedelta
from urllib.error import HTTPError

import pytest
import structlog
import time_machine
from celery import current_app
from django.db import connections, transaction
from django.utils import timezone
from prometheus_client import REGISTRY

from events.dispatch import ledger
from events.dispatch.numbering import number
from events.dispatch.periodic import gauges, queue_depth
from events.dispatch.periodic.scheduler import JOBS
from events.metrics import http_server as metrics_server
from events.metrics import process_metrics
from events.models import Delivery, Event
from events.tests.receivers import receiver_with, set_receivers
from tenants.context import acting_as, acting_for, current_tenant_id
from tests.factories import place_order
from tests.servers.processes import free_port


def value(name, **labels):
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
def only(monkeypatch, db):
    """Connect one receiver of the test."""

    def having(handler, **rules):
        set_receivers(monkeypatch, receiver_with("only", frozenset({"order.created"}), handler, **rules))

    return having


def fail(_):
    raise ValueError("no luck")


def test_events_are_counted_by_type(only):
    only(print)
    before = value("events_numbered_total", type="order.created")
    place_order()
    place_order()
    assert value("events_numbered_total", type="order.created") - before == 2


@pytest.mark.django_db(transaction=True)
def test_what_is_numbered_and_rolled_back_is_not_counted(monkeypatch):
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)
    before = value("events_numbered_total", type="order.created")
    place_order()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert [event.type for event in number(current_tenant_id())] == ["order.created"]
        raise ZeroDivisionError
    assert value("events_numbered_total", type="order.created") == before
    number(current_tenant_id())
    assert value("events_numbered_total", type="order.created") == before + 1


def test_runs_retries_and_dead_letters_are_counted(only, settle):
    only(fail, max_attempts=2)
    names = ("events_receiver_runs_total", "events_retries_total", "events_dead_letters_total")
    labels = ({"outcome": "failed"}, {}, {})

    def counted():
        return [value(name, receiver="only", **more) for name, more in zip(names, labels, strict=True)]

    before = counted()
    place_order()
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        settle()
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [2, 1, 1]


def test_gauges_show_the_backlog_of_all_tenants_without_finished_work(only, settle):
    only(print)
    place_order()
    place_order()
    since = timezone.now() - timedelta(seconds=100)
    first, second = Delivery.objects.order_by("sequence")
    Delivery.objects.filter(pk=first.pk).update(status="RETRYING", created_at=since)
    Delivery.objects.filter(pk=second.pk).update(status="DEAD")
    gauges.measure()
    assert value("events_deliveries", receiver="only", status="RETRYING") == 1
    assert value("events_deliveries", receiver="only", status="DEAD") == 1
    assert 100 <= value("events_receiver_lag_seconds", receiver="only") < 160

    Delivery.objects.update(status="SUCCEEDED")
    gauges.measure()
    assert value("events_deliveries", receiver="only", status="RETRYING") == 0
    assert value("events_deliveries", receiver="only", status="DEAD") == 0
    assert value("events_receiver_lag_seconds", receiver="only") == 0


def test_gauges_show_unnumbered_events(only):
    only(print)
    place_order()
    gauges.measure()
    assert (value("events_unnumbered"), value("events_oldest_unnumbered_seconds")) == (0, 0)
    Event.unguarded.update(sequence=None)
    with time_machine.travel(timezone.now() + timedelta(seconds=100)):
        gauges.measure()
    assert value("events_unnumbered") == 1
    assert 100 <= value("events_oldest_unnumbered_seconds") < 160


def test_every_dispatcher_measures():
    assert JOBS["events_gauges"].work is gauges.measure
    assert JOBS["queue_depth"].work is queue_depth.measure


def test_the_gauge_of_the_queue_shows_tasks_that_wait(settings):
    settings.CELERY_TASK_DEFAULT_QUEUE = "counted"
    with current_app.connection_for_write() as broker, broker.SimpleQueue("counted") as queue:
        queue.put({})
        queue.put({})
        queue_depth.measure()
        assert value("events_queue_messages", queue="counted") == 2
        queue.clear()


def test_in_a_queue_that_is_not_there_no_task_waits(settings):
    settings.CELERY_TASK_DEFAULT_QUEUE = "not-there"
    queue_depth.measure()
    assert REGISTRY.get_sample_value("events_queue_messages", {"queue": "not-there"}) == 0


def test_the_time_until_a_receiver_has_succeeded_is_measured(only, settle):
    only(print)
    before = value("events_delivery_seconds_count", receiver="only")
    place_order()
    place_order()
    settle()
    assert value("events_delivery_seconds_count", receiver="only") == before + 2


@pytest.mark.receivers
def test_a_failed_attempt_is_no_delivery(only, settle):
    only(fail)
    before = value("events_delivery_seconds_count", receiver="only")
    place_order()
    settle()
    assert value("events_delivery_seconds_count", receiver="only") == before


class FakePool:
    def get_stats(self):
        return {"pool_max": 8, "pool_size": 5, "pool_available": 2, "requests_waiting": 3, "requests_wait_ms": 1500}


def test_the_pool_of_connections_is_shown(monkeypatch):
    monkeypatch.setattr(type(connections["default"]), "_connection_pools", {"default": FakePool()}, raising=False)
    states = {
        state: value("database_pool_connections", database="default", state=state) for state in ("free", "used", "most")
    }
    assert states == {"free": 2, "used": 3, "most": 8}
    assert value("database_pool_waiting", database="default") == 3
    assert value("database_pool_wait_seconds_total", database="default") == 1.5


def test_the_pauses_of_the_garbage_collector_are_added_up():
    before = value("python_gc_pause_seconds_total", generation="2")
    gc.collect()
    assert value("python_gc_pause_seconds_total", generation="2") > before


def test_log_lines_of_a_receiver_have_all_ids(only, settle):
    bound = []
    only(lambda _: bound.append(structlog.contextvars.get_contextvars()))
    with acting_as(acting_for(current_tenant_id(), request_id="r-1")):
        order = place_order()
    settle()
    event = Event.objects.get()
    [seen] = bound
    assert seen == seen | {
        "receiver": "only",
        "delivery_id": str(Delivery.objects.get().pk),
        "event_id": str(event.id),
        "event_type": "order.created",
        "order_id": str(order.pk),
        "tenant_id": str(current_tenant_id()),
        "request_id": "r-1",
    }
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.receivers
def test_a_failed_delivery_is_logged_with_its_ids(only, caplog):
    only(fail)
    place_order()
    row = Delivery.objects.get()
    [line] = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert line == line | {"event": "delivery_failed"} | ledger.log_fields(row)


@pytest.fixture
def served(settings, monkeypatch):
    """The address at which a thread answers."""
    monkeypatch.setattr(metrics_server, "checks", [])
    settings.METRICS_PORT = free_port()
    yield f"http://127.0.0.1:{metrics_server.serve()}"
    metrics_server.stop()


def test_metrics_are_served_on_their_port(served):
    with urllib.request.urlopen(f"{served}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    assert re.search(r"^# TYPE events_receiver_duration_seconds histogram$", text, re.MULTILINE)


def test_serving_twice_is_serving_once(served, settings):
    assert metrics_server.serve() == settings.METRICS_PORT


def test_liveness_is_answered_there_with_every_reason_against_it(served):
    with urllib.request.urlopen(f"{served}/livez", timeout=5) as answer:
        assert (answer.status, json.load(answer)) == (200, {"status": "alive"})

    metrics_server.checks += [lambda: "", lambda: "the loop hangs"]
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(f"{served}/livez", timeout=5)
    assert (refused.value.code, json.load(refused.value)) == (503, {"status": "stalled", "reasons": ["the loop hangs"]})
    refused.value.close()


@pytest.mark.parametrize(
    ("texts", "limit"),
    [
        pytest.param(["2147483648\n"], 2**31, id="a limit"),
        pytest.param(["max\n", "1073741824\n"], None, id="no limit"),
        pytest.param([None, "1073741824\n"], 2**30, id="the first version of control groups"),
        pytest.param([None, None], None, id="no control groups"),
    ],
)
def test_the_memory_that_the_container_may_take(tmp_path, monkeypatch, texts, limit):
    paths = [tmp_path / str(place) for place in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        if text is not None:
            path.write_text(text)
    monkeypatch.setattr(process_metrics, "LIMIT_FILES", paths)

    assert REGISTRY.get_sample_value("process_memory_limit_bytes") == limit


def test_without_a_port_nothing_is_served(settings):
    settings.METRICS_PORT = 0
    assert metrics_server.serve() == 0


def test_metrics_of_several_processes_are_merged(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    settings.METRICS_MERGED = True
    merged = {family.name for family in metrics_server.registry().collect()}
    assert {"process_resident_memory_bytes", "python_gc_collections", "database_pool_waiting"} <= merged
    assert "process_memory_limit_bytes" in merged
    settings.METRICS_MERGED = False
    assert metrics_server.registry() is REGISTRY
