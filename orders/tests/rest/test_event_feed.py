"""The event log in pages: every event once and in order, of the caller's tenant alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from events import cursors, log_reader, retention
from orders.event_types import ALL_EVENTS, CREATED, PAID
from orders.states import Status
from orders.tests.rest.refusals import errors, refused
from tenants.context import tenant_context
from tests.factories import place_order
from tests.factories import token as token_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

URL = "/api/events"


def get(url: str = URL, /, *, token: str = "", accept: str = "application/json", **params: Any) -> Any:
    headers = {"accept": accept} | ({"authorization": f"Bearer {token}"} if token else {})
    return Client().get(url, params, headers=headers)


def page(**params: Any) -> Any:
    answer = get(**params)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    return answer.json()


def sequences(body: Any) -> list[int]:
    return [int(event["sequence"]) for event in body["events"]]


@pytest.fixture
def logged(tenant, other_tenant):
    """Two orders' events, one order paid, and another tenant's; returns how many events are ours."""
    place_order(status=Status.PAID)
    place_order()
    with tenant_context(other_tenant.pk):
        place_order()
    return log_reader.head(tenant.pk)


def test_a_page_has_the_events_as_cloudevents_and_where_to_go_on(tenant, logged):
    body = page(limit=100)

    assert sequences(body) == list(range(1, logged + 1))
    assert {event["source"] for event in body["events"]} == {f"urn:orders:tenant:{tenant.pk}"}
    assert (body["next"], body["cursor"]) == (None, body["events"][-1]["cursor"])


def test_pages_are_walked_by_link_without_gap_or_repeat(logged):
    seen, url = [], f"{URL}?limit=2"
    while url:
        answer = get(url)
        seen += sequences(answer.json())
        url = answer.json()["next"]
        assert answer.headers.get("Link") == (f'<{url}>; rel="next"' if url else None)

    assert seen == list(range(1, logged + 1))


def test_the_cursor_of_the_last_page_goes_on_with_what_comes(logged):
    cursor = page(limit=100)["cursor"]
    assert page(after=cursor)["events"] == []

    place_order()

    assert sequences(page(after=cursor))[0] == logged + 1


def test_types_are_chosen_by_repeats_and_by_commas(logged):
    created = page(types=CREATED)
    both = page(types=[CREATED, PAID])

    assert [event["type"] for event in created["events"]] == [CREATED, CREATED]
    assert {event["type"] for event in both["events"]} == {CREATED, PAID}
    assert page(types=f"{CREATED},{PAID}") == both


def test_the_cursor_of_a_chosen_type_passes_the_others(tenant, logged):
    assert cursors.decode(tenant.pk, page(types=PAID)["cursor"]) == logged


@pytest.mark.receivers
def test_events_that_are_gone_are_left_out_without_a_cursor_and_refused_after_one(tenant, logged):
    first = page(limit=1)["cursor"]
    retention.prune(tenant.pk, before=timezone.now() + timedelta(minutes=1))
    place_order()

    assert sequences(page())[0] == logged + 1
    for accept in ("application/json", "application/x-ndjson"):
        document = refused(get(after=first, accept=accept), 410)
        assert document["type"] == "urn:orders:problem:cursor-expired"
        assert sequences(page(after=document["oldest"]))[0] == logged + 1


def test_a_cursor_ahead_of_a_restored_log_is_refused(tenant, logged):
    document = refused(get(after=cursors.encode(tenant.pk, logged + 1)), 410)

    assert cursors.decode(tenant.pk, document["oldest"]) == logged


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"after": "nonsense"}, "after"),
        ({"after": ""}, "after"),
        ({"types": "order.lost"}, "types"),
        ({"types": ""}, "types"),
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"follow": "yes"}, "follow"),
        ({"follow": "true"}, "follow"),
        ({"cursor": "a"}, "cursor"),
        ({"limit": ["1", "2"]}, "limit"),
        ({"types": "a\u0000"}, "types"),
    ],
)
def test_a_parameter_that_is_not_right_is_named(params, path):
    assert errors(get(**params), 400) == [("INVALID", [path])]


def test_another_tenants_cursor_is_refused_as_an_invented_one_is(other_tenant, logged):
    theirs = cursors.encode(other_tenant.pk, 1)

    assert errors(get(after=theirs), 400) == errors(get(after="invented"), 400)


def test_a_token_reads_its_own_tenants_events(other_tenant, logged):
    body = page(token=token_of(of=other_tenant, scopes=["orders:read"]))

    assert {event["source"] for event in body["events"]} == {f"urn:orders:tenant:{other_tenant.pk}"}


@pytest.mark.parametrize(
    ("url", "accept"), [(URL, "application/json"), (URL, "application/x-ndjson"), ("/api/orders.csv", "text/csv")]
)
def test_who_may_not_read_orders_gets_nothing(settings, tenant, logged, url, accept):
    settings.ORDERS_DEMO = False

    refused(get(url, accept=accept), 401)
    refused(get(url, accept=accept, token="ord_invented"), 401)
    refused(get(url, accept=accept, token=token_of(of=tenant, scopes=["audit:read"])), 403)


def test_other_forms_and_methods_are_refused(logged):
    refused(get(accept="text/html"), 406)
    refused(Client().post(URL, {}, content_type="application/json"), 405)


def test_a_page_takes_three_statements_whatever_its_length(logged, django_assert_num_queries):
    for limit in (1, 100):
        with django_assert_num_queries(3):  # The position before, the events, the position after.
            page(limit=limit)


def test_a_stream_is_not_begun_where_no_server_would_send_it(logged):
    refused(get(accept="application/x-ndjson"), 500)


def test_every_type_may_be_asked_for(logged):
    assert sequences(page(types=list(ALL_EVENTS), limit=100)) == list(range(1, logged + 1))
