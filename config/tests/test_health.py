"""Liveness, readiness, metrics, and what is at no address."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.conf import LazySettings
from django.db import OperationalError
from django.db.models.functions import Now
from django.test import Client, RequestFactory
from django.utils import timezone

from config import health
from config.health import Probe
from config.http import refusals
from events import clock
from events.dispatch.periodic.dispatcher_heartbeat import FORGOTTEN_SECONDS, STALE_SECONDS, Heartbeat
from events.models import DispatcherHeartbeat, Event
from tests import factories

NAMES = ["database", "migrations", "channel_layer", "broker", "dispatcher"]


@pytest.fixture(autouse=True)
def fresh_probes() -> Iterator[None]:
    """No check of another test is still running."""
    yield
    for probe in health.PROBES.values():
        probe.running = None


def broken(name: str, error: Exception) -> Probe:
    """The named probe, finding this."""

    def check() -> None:
        raise error

    return Probe(check, needed=health.PROBES[name].needed)


def test_livez_checks_no_dependency() -> None:
    response = Client().get("/livez")  # No database fixture: a query would fail the test.

    assert (response.status_code, response.json()) == (200, {"status": "alive"})


@pytest.mark.django_db(transaction=True)
def test_ready_names_every_dependency() -> None:
    Heartbeat().write()
    response = Client().get("/readyz")
    body = response.json()

    assert (response.status_code, body["status"], list(body["checks"])) == (200, "ready", NAMES)
    assert [check["ok"] for check in body["checks"].values()] == [True] * len(NAMES)
    assert all(0 <= check["ms"] < 1000 for check in body["checks"].values())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["channel_layer", "broker", "dispatcher"])
def test_without_what_orders_do_not_need_we_are_ready_but_degraded(name: str) -> None:
    with patch.dict(health.PROBES, {name: broken(name, ConnectionError("redis://:secret@10.0.0.7"))}):
        response = Client().get("/readyz")

    body = response.json()
    assert (response.status_code, body["status"]) == (200, "degraded")
    assert body["checks"][name] == {"ok": False, "needed": False, "error": "ConnectionError"}


def test_without_the_database_we_are_not_ready() -> None:
    with patch.dict(health.PROBES, {"database": broken("database", OperationalError("no route to 10.0.0.7"))}):
        response = Client().get("/readyz")

    body = response.json()
    assert (response.status_code, body["status"]) == (503, "unavailable")
    assert body["checks"]["database"] == {"ok": False, "needed": True, "error": "OperationalError"}
    assert "10.0.0.7" not in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_check_that_hangs_is_bounded_and_not_started_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    release, starts = threading.Event(), []
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.2)

    def hang() -> None:
        starts.append(1)
        release.wait(10)

    with patch.dict(health.PROBES, {"broker": Probe(hang, needed=False)}):
        answers = [Client().get("/readyz").json() for _ in range(2)]
        release.set()

    assert [answer["checks"]["broker"]["error"] for answer in answers] == ["no answer within 0.2 s"] * 2
    assert len(starts) == 1


@pytest.mark.django_db(transaction=True)
def test_without_a_dispatcher_orders_are_accepted_and_it_is_named() -> None:
    heartbeat = Heartbeat()
    heartbeat.write()
    heartbeat.end()
    response = Client().get("/readyz")

    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert response.json()["checks"]["dispatcher"] == {
        "ok": False,
        "needed": False,
        "error": "none is running; start one: manage.py dispatcher",
    }


@pytest.mark.django_db(transaction=True)
def test_a_dispatcher_that_is_silent_counts_as_none() -> None:
    Heartbeat().write()
    DispatcherHeartbeat.objects.update(seen_at=Now() - timedelta(seconds=STALE_SECONDS + 1))

    assert Client().get("/readyz").json()["checks"]["dispatcher"]["ok"] is False


@pytest.mark.django_db(transaction=True)
def test_heartbeats_of_processes_that_were_killed_are_forgotten() -> None:
    Heartbeat().write()
    DispatcherHeartbeat.objects.update(seen_at=Now() - timedelta(seconds=FORGOTTEN_SECONDS + 1))
    later = Heartbeat()
    later.write()

    assert DispatcherHeartbeat.objects.get().pk == later.id


@pytest.mark.django_db(transaction=True)
def test_unnumbered_events_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    Heartbeat().write()
    monkeypatch.setattr(health, "STALE_SECONDS", -1.0)
    with clock.at(timezone.now() - timedelta(days=80)):
        factories.place_order()
    Event.unguarded.update(sequence=None)

    dispatcher = Client().get("/readyz").json()["checks"]["dispatcher"]
    assert dispatcher["ok"] is False
    assert dispatcher["error"].startswith("the oldest event has waited ")  # since it was written, not since it happened


# --- Metrics ----------------------------------------------------------------------------------------------------------


def test_metrics_are_for_this_machine() -> None:
    assert b"events_numbered_total" in Client().get("/metrics").content
    assert Client(REMOTE_ADDR="10.0.0.7").get("/metrics").status_code == 403
    for header in ("x-forwarded-for", "x-forwarded-proto", "forwarded", "via", "cf-ray"):
        assert Client().get("/metrics", headers={header: "127.0.0.1"}).status_code == 403


def test_metrics_are_closed_to_a_tunnel(settings: LazySettings) -> None:
    settings.ALLOWED_HOSTS = ["orders.example.com", "127.0.0.1"]

    assert Client().get("/metrics", headers={"host": "orders.example.com"}).status_code == 403
    assert Client().get("/metrics", headers={"host": "127.0.0.1:8000"}).status_code == 200


def test_metrics_can_be_opened(settings: LazySettings) -> None:
    settings.METRICS_PUBLIC = True

    assert Client(REMOTE_ADDR="10.0.0.7").get("/metrics").status_code == 200


# --- Addresses --------------------------------------------------------------------------------------------------------


def test_an_unknown_address_is_a_line_of_text() -> None:
    response = Client().get("/nothing/")

    assert (response.status_code, response.content) == (404, b"404 Not Found\n")
    assert response["Content-Type"] == "text/plain"


def test_an_unknown_address_is_a_page_for_browsers_and_a_problem_for_programs() -> None:
    page = Client().get("/nothing/", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    problem = Client().get("/api/nothing/", headers={"accept": "text/html"})

    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "Nothing is at this address." in page.text
    assert (problem.status_code, problem["Content-Type"]) == (404, "application/problem+json")


def test_the_page_of_a_failure_names_the_request_and_can_be_tried_again() -> None:
    request = RequestFactory().get("/", headers={"accept": "text/html", "x-request-id": "one-request"})
    response = refusals.server_error(request)

    assert response.status_code == 500
    assert "one-request" in response.text
    assert "Try again" in response.text


def test_the_admin_is_found_without_its_slash() -> None:
    assert Client().get("/admin")["Location"] == "/admin/"


@pytest.mark.parametrize("path", ["/api/schema/", "/api/schema", "/api/docs/", "/api/docs"])
def test_the_documents_are_served(path: str) -> None:
    assert Client().get(path).status_code == 200


def test_the_page_of_the_api_runs_nothing_inline_and_loads_from_its_own_server() -> None:
    page = Client().get("/api/docs/").content.decode()

    assert page.count("<script") == page.count('<script src="/') == 3
    assert "://" not in page
