"""Every notification of a dispatcher is lost: two of them find all work by polling, while one is killed or frozen."""

import time
from collections.abc import Iterator

import pytest

from tests.faults.deployment import Deployment
from tests.faults.forms import FORM
from tests.faults.scenarios import Scenario

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def no_notifications(deployment: Deployment) -> Iterator[None]:
    """Every notification of a dispatcher is lost."""
    with deployment.changed("dispatcher", "second-dispatcher", FAULTS_DEAF="1"):
        yield


@pytest.mark.usefixtures("no_notifications")
def test_one_of_two_is_killed_and_all_notifications_are_lost(scenario: Scenario) -> None:
    with scenario.traffic(faults=FORM.rounds) as traffic:
        for _ in range(FORM.rounds):
            scenario.kill_and_restart(traffic, scenario.dice.choice(["dispatcher", "second-dispatcher"]))


@pytest.mark.usefixtures("no_notifications")
def test_one_is_frozen_for_longer_than_a_lease_and_thawed(scenario: Scenario) -> None:
    deployment = scenario.deployment
    with scenario.traffic(faults=1) as traffic:
        scenario.wait_at_random(traffic)
        deployment.freeze("dispatcher")
        last, began = deployment.last_event(), time.monotonic()
        deployment.settle(up_to=last)
        scenario.add_to_report(f"a dispatcher frozen: the other had done all {time.monotonic() - began:.1f} s later")
        time.sleep(max(0, FORM.frozen_seconds - (time.monotonic() - began)))
        deployment.thaw("dispatcher")
        traffic.place(4)
