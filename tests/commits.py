"""Give a test that runs in one big transaction production's commits.

Django wraps a ``TestCase`` (and ``django_db``) in transactions that are rolled back, so ``on_commit`` callbacks never
run. Here the outermost block that is not the test's own counts as the transaction: when it succeeds, its callbacks run
immediately, as they would after COMMIT; when it fails, they are dropped.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from unittest import mock

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import Atomic
from django.test import TestCase

from events.dispatch import notification
from events.dispatch.rotation import tenants_with_work

log = logging.getLogger(__name__)
Callback = Callable[[], object]


def only_the_test_is_open(connection: BaseDatabaseWrapper) -> bool:
    """Whether production would have no transaction open here: the only open blocks are the test's own."""
    blocks = connection.atomic_blocks
    return bool(blocks) and all(map(is_the_tests_own, blocks))


def is_the_tests_own(block: Atomic) -> bool:
    """Whether Django opened this block around a test."""
    return bool(getattr(block, "_from_testcase", False))


def run_callbacks(connection: BaseDatabaseWrapper) -> None:
    """Do what Django does after COMMIT, but refuses to do within the test's transaction."""
    planned, connection.run_on_commit = connection.run_on_commit, []
    for _, callback, robust in planned:
        try:
            callback()
        except Exception:
            if not robust:
                raise
            log.exception("A robust on_commit() callback failed: %r", callback)


@contextmanager
def production_commits() -> Iterator[None]:
    """Run ``on_commit`` callbacks when production would, within a test's transaction.

    ``captureOnCommitCallbacks`` keeps its callbacks, as Django documents.
    """
    leave, plan, capture = Atomic.__exit__, BaseDatabaseWrapper.on_commit, TestCase.captureOnCommitCallbacks
    captures: list[str] = []

    def committed(connection: BaseDatabaseWrapper) -> bool:
        return not captures and only_the_test_is_open(connection)

    def leave_and_commit(
        block: Atomic,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        leave(block, kind, error, trace)
        connection = transaction.get_connection(block.using)
        ended_well = kind is None and not connection.needs_rollback
        if ended_well and not is_the_tests_own(block) and committed(connection):
            run_callbacks(connection)

    def plan_or_run(connection: BaseDatabaseWrapper, callback: Callback, robust: bool = False) -> None:
        plan(connection, callback, robust)
        if committed(connection):
            run_callbacks(connection)

    @contextmanager
    def capture_as_documented(*, using: str = DEFAULT_DB_ALIAS, execute: bool = False) -> Iterator[list[Callback]]:
        captures.append(using)
        try:
            with capture(using=using, execute=execute) as callbacks:
                yield callbacks
        finally:
            captures.pop()

    with (
        mock.patch.object(Atomic, "__exit__", leave_and_commit),
        mock.patch.object(BaseDatabaseWrapper, "on_commit", plan_or_run),
        mock.patch.object(TestCase, "captureOnCommitCallbacks", staticmethod(capture_as_documented)),
    ):
        yield


@contextmanager
def poll_after_commits() -> Iterator[None]:
    """Without signals, dispatch what there is after each commit, as a dispatcher's next poll would."""
    leave = Atomic.__exit__
    at_work: list[bool] = []

    def leave_and_poll(
        block: Atomic,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        leave(block, kind, error, trace)
        connection = transaction.get_connection(block.using)
        is_over = all(map(is_the_tests_own, connection.atomic_blocks))
        if is_over and kind is None and not is_the_tests_own(block) and not at_work:
            at_work.append(True)
            try:
                for work in tenants_with_work():
                    notification.notify(work.tenant_id)
            finally:
                at_work.clear()

    with mock.patch.object(Atomic, "__exit__", leave_and_poll):
        yield
