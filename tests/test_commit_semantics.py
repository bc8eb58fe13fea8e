"""Tests within one big transaction see production's commits; Django's own tools still work as documented."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import TestCase

from tenants.models import Tenant

Capture = Callable[..., AbstractContextManager[list[Callable[[], None]]]]
pytestmark = pytest.mark.django_db


@pytest.fixture
def ran() -> list[str]:
    return []


def new_tenant(slug: str) -> Tenant:
    return Tenant.objects.create(slug=slug, name=slug)


def plan(ran: list[str], name: str) -> None:
    transaction.on_commit(partial(ran.append, name))


def test_callback_runs_when_the_outermost_block_ends(ran: list[str]) -> None:
    with transaction.atomic():
        with transaction.atomic():
            plan(ran, "inner")
        plan(ran, "outer")
        assert ran == []
    assert ran == ["inner", "outer"]


def test_callback_without_a_block_runs_at_once(ran: list[str]) -> None:
    plan(ran, "at once")
    assert ran == ["at once"]


def test_rolled_back_block_drops_its_callbacks_and_rows(ran: list[str]) -> None:
    def create_and_fail() -> None:
        with transaction.atomic():
            new_tenant("gone")
            plan(ran, "gone")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        create_and_fail()
    with transaction.atomic():
        plan(ran, "next")
    assert ran == ["next"]
    assert not Tenant.objects.filter(slug="gone").exists()


def test_rolled_back_savepoint_drops_only_its_own_callbacks(ran: list[str]) -> None:
    @transaction.atomic
    def break_a_constraint() -> None:
        plan(ran, "dropped")
        new_tenant("twice")
        new_tenant("twice")

    with transaction.atomic():
        plan(ran, "before")
        with pytest.raises(IntegrityError):
            break_a_constraint()
        plan(ran, "after")
    assert ran == ["before", "after"]


def test_swallowed_failure_without_a_savepoint_rolls_the_whole_block_back(ran: list[str]) -> None:
    with transaction.atomic():
        plan(ran, "outer")
        with pytest.raises(ZeroDivisionError), transaction.atomic(savepoint=False):
            raise ZeroDivisionError
    assert ran == []
    plan(ran, "next")
    assert ran == ["next"]


def test_block_set_to_roll_back_drops_its_callbacks(ran: list[str]) -> None:
    with transaction.atomic():
        plan(ran, "outer")
        transaction.set_rollback(True)
    assert ran == []


def test_callback_may_open_a_transaction_of_its_own(ran: list[str]) -> None:
    def in_its_own_transaction() -> None:
        with transaction.atomic(durable=True):
            plan(ran, "second")
            ran.append("first")
        ran.append("third")

    with transaction.atomic():
        transaction.on_commit(in_its_own_transaction)
    assert ran == ["first", "second", "third"]


def test_failing_callback_reaches_the_caller_and_stops_the_later_ones(ran: list[str]) -> None:
    @transaction.atomic
    def create() -> None:
        new_tenant("kept")
        transaction.on_commit(lambda: 1 // 0)
        plan(ran, "later")

    with pytest.raises(ZeroDivisionError):
        create()
    assert ran == []
    assert Tenant.objects.filter(slug="kept").exists()


def test_failing_robust_callback_stops_nothing(ran: list[str], caplog: pytest.LogCaptureFixture) -> None:
    with transaction.atomic():
        transaction.on_commit(lambda: 1 // 0, robust=True)
        plan(ran, "later")
    assert ran == ["later"]
    assert "A robust on_commit() callback failed" in caplog.text


def test_capture_of_callbacks_works_as_django_documents(
    ran: list[str], django_capture_on_commit_callbacks: Capture
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        with transaction.atomic():
            plan(ran, "captured")
        assert ran == []
    assert len(callbacks) == 1
    assert ran == []
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        plan(ran, "executed")
    assert ran == ["executed"]


@pytest.mark.django_db(transaction=True)
def test_real_transactions_commit_by_themselves(ran: list[str]) -> None:
    with transaction.atomic():
        plan(ran, "committed")
        assert ran == []
    assert ran == ["committed"]


@pytest.mark.parametrize("flushed_before", [False, True])
@pytest.mark.django_db(transaction=True)
def test_default_tenant_is_there_before_and_after_a_flush(flushed_before: bool) -> None:
    assert list(Tenant.objects.values_list("slug", flat=True)) == [settings.DEFAULT_TENANT]
    assert connection.in_atomic_block is False


class TestUnittestStyle(TestCase):
    """Django's own test classes see the same commits."""

    def test_callback_runs_when_the_outermost_block_ends(self) -> None:
        ran: list[str] = []
        with transaction.atomic():
            plan(ran, "committed")
            self.assertEqual(ran, [])  # noqa: PT009  # in unittest's own words
        self.assertEqual(ran, ["committed"])  # noqa: PT009  # in unittest's own words

    def test_capture_of_callbacks_works_as_django_documents(self) -> None:
        ran: list[str] = []
        with self.captureOnCommitCallbacks(execute=True) as callbacks, transaction.atomic():
            plan(ran, "executed")
        assert (ran, len(callbacks)) == (["executed"], 1)
