"""The ledger under any order of crashes, failures, lost and doubled messages, delays and switches."""

from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from audit.models import AuditLog
from audit.services import write_audit_log
from events import switches
from events.dispatch import ledger, task_runner
from events.dispatch.inline import dispatch_now
from events.dispatch.numbering import run_numbering_pass
from events.models import Delivery
from events.receivers import RECEIVERS, Kind, delivery_id
from events.tests.dispatch.dispatching import do_reserved
from events.tests.receivers import receiver_with
from tenants.values.identifiers import default_tenant_id
from tests.factories import place_order
from tests.form import examples

pytestmark = pytest.mark.both_databases

TENANT = default_tenant_id("demo")
CREATED = frozenset({"order.created"})
picks = st.integers(0, 10**6)


class World(RuleBasedStateMachine):
    """A receiver with an effect in our database, one with an effect outside, and every possible failure."""

    def __init__(self):
        super().__init__()
        self.clock = time_machine.travel(timezone.now(), tick=False)
        self.time = self.clock.start()
        self.orders, self.messages, self.turns = set(), [], []
        self.outside, self.lost_after_effect = Counter(), Counter()
        self.failures = 0
        RECEIVERS.clear()
        RECEIVERS["inside"] = receiver_with("inside", CREATED, self.inside, max_attempts=10**6)
        RECEIVERS["outside"] = receiver_with("outside", CREATED, self.send, Kind.QUEUED, max_attempts=10**6)

    def inside(self, event):
        """An effect that a repeat would double: only the ledger keeps it from that."""
        write_audit_log("EFFECT", event.order_id, {})
        self.stumble()

    def send(self, event):
        self.messages.append(delivery_id(event.id, "outside"))

    def work(self, event):
        self.stumble()
        self.outside[delivery_id(event.id, "outside")] += 1

    def stumble(self):
        if self.failures:
            self.failures -= 1
            raise ValueError("no luck")

    @rule()
    def place_an_order(self):
        self.orders.add(place_order().id)

    @rule()
    def run_a_pass(self):
        dispatch_now(TENANT)

    @rule()
    def number_and_hand_over(self):
        """Reserved by a process that then does them, late or never."""
        self.turns += run_numbering_pass([TENANT], reserved_for=lambda _: ["inside", "outside"])

    @rule(pick=picks)
    @precondition(lambda self: self.turns)
    def do_what_was_handed_over_and_keep_it(self, pick):
        do_reserved(self.turns[pick % len(self.turns)].reserved)

    @rule(count=st.integers(1, 3))
    def have_the_next_attempts_fail(self, count):
        self.failures = count

    @rule(seconds=st.sampled_from([1, 10, 31, 3600]))
    def let_time_pass(self, seconds):
        self.time.shift(timedelta(seconds=seconds))

    @rule(enabled=st.booleans(), name=st.sampled_from(["inside", "outside"]))
    def switch(self, enabled, name):
        switches.set_enabled(name, enabled=enabled)

    @rule(pick=picks)
    @precondition(lambda self: self.messages)
    def hand_a_message_to_a_worker_and_keep_it(self, pick):
        task_runner.run_delivery(self.messages[pick % len(self.messages)], self.work)

    @rule(pick=picks)
    @precondition(lambda self: self.messages)
    def lose_a_message(self, pick):
        self.messages.pop(pick % len(self.messages))

    @rule(pick=picks, after_the_effect=st.booleans())
    @precondition(lambda self: self.messages)
    def have_a_worker_die(self, pick, after_the_effect):
        delivery = self.messages[pick % len(self.messages)]
        if ledger.claim(delivery, lease_seconds=30, as_sent=True) and after_the_effect:
            self.outside[delivery] += 1
            self.lost_after_effect[delivery] += 1

    def all_is_done(self):
        mine = Delivery.objects.filter(order_id__in=self.orders)
        return mine.count() == 2 * len(self.orders) and set(mine.values_list("status", flat=True)) <= {"SUCCEEDED"}

    def teardown(self):
        try:
            self.come_to_rest()
            effects = Counter(AuditLog.objects.filter(action="EFFECT").values_list("object_id", flat=True))
            assert {effects[str(order)] for order in self.orders} <= {1}
            ids = set(
                Delivery.objects.filter(order_id__in=self.orders, receiver="outside").values_list("id", flat=True)
            )
            assert all(1 <= self.outside[one] <= 1 + self.lost_after_effect[one] for one in ids)
        finally:
            self.clock.stop()

    def come_to_rest(self):
        """No more failures: every delivery must end."""
        self.failures = 0
        for name in ("inside", "outside"):
            switches.set_enabled(name, enabled=True)
        for _ in range(20):
            dispatch_now(TENANT)
            for message in self.messages:
                task_runner.run_delivery(message, self.work)
            if self.all_is_done():
                return
            self.time.shift(timedelta(hours=1))
        raise AssertionError("Some deliveries never end.")


@pytest.mark.receivers
@pytest.mark.django_db
def test_whatever_goes_wrong_each_effect_happens_and_the_inner_ones_once(monkeypatch):
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)
    known = dict(RECEIVERS)
    bounds = hypothesis_settings(
        max_examples=examples(25),
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    try:
        run_state_machine_as_test(World, settings=bounds)
    finally:
        RECEIVERS.clear()
        RECEIVERS.update(known)
