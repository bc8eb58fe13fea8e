"""Processes and databases die at random moments under load."""

import time

import psycopg
import pytest

from tests.faults.forms import FORM
from tests.faults.scenes import Scene
from tests.faults.town import ALWAYS
from tests.processes import wait_until

pytestmark = pytest.mark.e2e
UNNUMBERED = "SELECT count(*) FROM events_event WHERE sequence IS NULL AND type = 'order.created'"


RUNS_TASKS = {"worker", "PostgreSQL"}
"""Whose death leaves a task that was running without a record, until its lease is over."""


def test_each_is_killed_in_turn(scene: Scene) -> None:
    victims = [*ALWAYS, *scene.town.servers] * FORM.rounds
    with scene.crowd(faults=len(victims)) as crowd:
        for name in victims:
            scene.kill_and_restart(crowd, name, lease_seconds=FORM.lease_seconds if name in RUNS_TASKS else 0)


def test_web_is_killed_between_commit_and_callback_while_redis_is_frozen(scene: Scene) -> None:
    """A lock that we hold keeps the callbacks' work from being done, and there is no relay: commits stay without."""
    town = scene.town
    town.stop("relay")
    with scene.crowd(faults=2 * FORM.rounds) as crowd:
        for _ in range(FORM.rounds):
            crowd.place(2)
            town.redis.freeze()
            with psycopg.connect(town.postgres.url) as holder:
                holder.execute("SELECT * FROM events_stream FOR UPDATE")
                wait_until(lambda: town.one(UNNUMBERED) >= 4, timeout_seconds=120, what="orders without a number")
                time.sleep(scene.dice.uniform(0, 0.2))
                town.kill("web")
                orphans = town.one(UNNUMBERED)  # Before the lock is free: the worker's dispatcher may wait for it too.
            scene.tell(f"{orphans} orders had committed and their callbacks had done nothing")
            assert orphans >= 4
            town.start("web")
            town.redis.thaw()
        town.start("relay")
        scene.tell(f"all effects {scene.seconds_to_settle():.1f} s after the restart")


def test_postgresql_is_restarted(scene: Scene) -> None:
    """It ends in good order, which cuts off everybody, and is back at once."""
    with scene.crowd(faults=FORM.rounds) as crowd:
        for _ in range(FORM.rounds):
            scene.wait_at_random(crowd)
            scene.town.postgres.stop()
            scene.town.start("PostgreSQL")
            began = time.monotonic()
            crowd.place(1)
            scene.tell(f"PostgreSQL restarted: the next order {time.monotonic() - began:.1f} s after its start")
