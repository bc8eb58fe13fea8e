"""Refusals of the REST API for a status, a version or an idempotency key."""

from typing import Any
from unittest.mock import patch

import pytest

from orders import services
from orders.errors import KeyInProgress
from orders.models import Order
from orders.states import Status
from orders.tests.rest.refusals import URL, errors, post, refused
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_forbidden_transition_is_a_conflict() -> None:
    order = factories.place_order()
    response = post({}, f"{URL}{order.id}/ship/")

    assert errors(response, 409) == [("INVALID_TRANSITION", [])]
    assert response.json()["type"] == "urn:orders:problem:invalid-transition"
    assert Order.objects.get().version == 1


def test_a_stale_version_is_a_conflict_that_names_the_current_version() -> None:
    order = factories.place_order(status=Status.PAID)
    response = post({"expected_version": 1}, f"{URL}{order.id}/ship/")

    assert errors(response, 409) == [("STALE_VERSION", ["expected_version"])]
    assert response.json()["currentVersion"] == 2


def test_a_stale_etag_fails_the_precondition() -> None:
    order = factories.place_order(status=Status.PAID)
    response = post({}, f"{URL}{order.id}/ship/", **{"if-match": '"1"'})

    assert refused(response, 412)["currentVersion"] == 2
    assert Order.objects.get().status == "PAID"


@pytest.mark.parametrize("tag", ['W/"1"', "1", '"x"', '"1", "2"', ""])
def test_an_unknown_form_of_etag_is_refused(tag: str) -> None:
    order = factories.place_order()

    assert errors(post({}, f"{URL}{order.id}/pay/", **{"if-match": tag}), 400) == [("INVALID", ["If-Match"])]


def test_etag_and_expected_version_must_agree() -> None:
    order = factories.place_order()
    response = post({"expected_version": 2}, f"{URL}{order.id}/pay/", **{"if-match": '"1"'})

    assert errors(response, 400) == [("INVALID", ["expected_version"])]


@pytest.mark.parametrize("version", ["1", True, 1.0, [1]])
def test_an_expected_version_is_a_whole_number(version: Any) -> None:
    order = factories.place_order()

    response = post({"expected_version": version}, f"{URL}{order.id}/pay/")
    assert errors(response, 400) == [("INVALID", ["expected_version"])]


def test_a_key_used_with_another_input_is_refused() -> None:
    post({"total": 1}, **{"idempotency-key": "k1"})
    response = post({"total": 2}, **{"idempotency-key": "k1"})

    assert errors(response, 422) == [("IDEMPOTENCY_KEY_REUSED", ["idempotency_key"])]
    assert Order.objects.count() == 1


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_malformed_key_is_refused(key: str) -> None:
    assert errors(post({"total": 1}, **{"idempotency-key": key}), 400) == [("INVALID", ["idempotency_key"])]


def test_a_key_in_use_right_now_is_a_conflict() -> None:
    with patch.object(services, "create_order", side_effect=KeyInProgress):
        response = post({"total": 1}, **{"idempotency-key": "k1"})

    assert errors(response, 409) == [("IDEMPOTENCY_IN_PROGRESS", ["idempotency_key"])]
    assert response["Retry-After"] == "1"
