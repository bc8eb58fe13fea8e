"""Processes and databases die at random moments under load."""

import time

import psycopg
import pytest

from tests.faults.deployment import ALWAYS
from tests.faults.forms import FORM
from tests.faults.scenarios import Scenario
from tests.servers.processes import wait_until

pytestmark = pytest.mark.e2e
UNNUMBERED = "SELECT count(*) FROM events_event WHERE sequence IS NULL AND type = 'order.created'"


RUNS_TASKS = {"worker", "PostgreSQL"}
"""Processes whose death leaves a running task without a record, until its lease is over."""


def test_each_is_killed_in_turn(scenario: Scenario) -> None:
    targets = [*ALWAYS, *scenario.deployment.servers] * FORM.rounds
    with scenario.traffic(faults=len(targets)) as traffic:
        for name in targets:
            scenario.kill_and_restart(traffic, name, lease_seconds=FORM.lease_seconds if name in RUNS_TASKS else 0)


def test_web_is_killed_between_commit_and_callback_while_redis_is_frozen(scenario: Scenario) -> None:
    """A lock of the test blocks the callbacks' work, and no dispatcher runs: commits stay without effects."""
    deployment = scenario.deployment
    deployment.stop("dispatcher")
    with scenario.traffic(faults=2 * FORM.rounds) as traffic:
        for _ in range(FORM.rounds):
            traffic.place(2)
            deployment.redis.freeze()
            with psycopg.connect(deployment.postgres.url) as holder:
                holder.execute("SELECT * FROM events_stream FOR UPDATE")
                wait_until(lambda: deployment.one(UNNUMBERED) >= 4, timeout_seconds=120, what="orders without a number")
                time.sleep(scenario.dice.uniform(0, 0.2))
                deployment.kill("web")
                orphans = deployment.one(UNNUMBERED)  # Before the lock is free: the worker may wait for it.
            scenario.add_to_report(f"{orphans} orders had committed and their callbacks had done nothing")
            assert orphans >= 4
            deployment.start("web")
            deployment.redis.thaw()
        deployment.start("dispatcher")
        scenario.add_to_report(f"all effects {scenario.seconds_to_settle():.1f} s after the restart")


def test_postgresql_is_restarted(scenario: Scenario) -> None:
    """PostgreSQL is stopped in good order, which disconnects every client, and started again immediately."""
    with scenario.traffic(faults=FORM.rounds) as traffic:
        for _ in range(FORM.rounds):
            scenario.wait_at_random(traffic)
            scenario.deployment.postgres.stop()
            scenario.deployment.start("PostgreSQL")
            began = time.monotonic()
            traffic.place(1)
            scenario.add_to_report(
                f"PostgreSQL restarted: the next order {time.monotonic() - began:.1f} s after its start"
            )
