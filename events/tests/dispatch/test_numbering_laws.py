"""The sequencer under any interleaving of transactions and turns (PostgreSQL)."""

from contextlib import ExitStack

import pytest
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from events import log_reader
from events.dispatch.numbering import number
from events.tests.transactions import other_transaction
from tenants.values.identifiers import default_tenant_id
from tests.form import examples

pytestmark = pytest.mark.both_databases

TENANT = default_tenant_id("demo")
SLOTS = 4


class Sequencer(RuleBasedStateMachine):
    """Four writers insert, commit and roll back as they like; turns number; a reader follows with a cursor."""

    def __init__(self):
        super().__init__()
        self.sessions = ExitStack()
        self.writers = [self.sessions.enter_context(other_transaction(TENANT)) for _ in range(SLOTS)]
        self.open = [[] for _ in range(SLOTS)]  # The ids each writer has inserted and not committed.
        self.began_at = [None] * SLOTS  # The events acknowledged when the writer's transaction began.
        self.committed = set()
        self.before = {}  # Event -> events whose commit was acknowledged before its transaction began.
        self.cursor, self.read = log_reader.head(TENANT), []

    @rule(slot=st.integers(0, SLOTS - 1))
    def insert(self, slot):
        if not self.open[slot]:
            self.began_at[slot] = frozenset(self.committed)
        event_id = self.writers[slot].insert_event("order.processing")
        self.open[slot].append(event_id)
        self.before[event_id] = self.began_at[slot]

    @rule(slot=st.integers(0, SLOTS - 1))
    def commit(self, slot):
        self.writers[slot].commit()
        self.committed.update(self.open[slot])
        self.open[slot] = []

    @rule(slot=st.integers(0, SLOTS - 1))
    def roll_back(self, slot):
        self.writers[slot].rollback()
        self.open[slot] = []

    @rule()
    def run_a_pass(self):
        number(TENANT)

    @rule()
    @precondition(lambda self: self.committed)
    def follow(self):
        events = log_reader.read_after(TENANT, self.cursor)
        self.read += events
        self.cursor = events[-1].sequence if events else self.cursor

    @invariant()
    def what_was_read_has_no_gap_and_is_committed(self):
        begin = self.cursor - len(self.read)
        assert [event.sequence for event in self.read] == list(range(begin + 1, self.cursor + 1))
        assert {event.id for event in self.read} <= self.committed

    def teardown(self):
        self.sessions.close()
        while number(TENANT):
            pass
        self.follow()
        order = [event.id for event in self.read]
        assert len(order) == len(set(order))
        assert set(order) == self.committed
        places = {event_id: place for place, event_id in enumerate(order)}
        assert all(places[earlier] < places[event_id] for event_id in order for earlier in self.before[event_id])


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_every_interleaving_is_numbered_once_in_commit_order_without_a_gap(monkeypatch):
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)
    assert connection.vendor == "postgresql"
    bounds = hypothesis_settings(
        max_examples=examples(25),
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    run_state_machine_as_test(Sequencer, settings=bounds)
