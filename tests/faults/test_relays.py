"""Relays alone, two at once: web and worker send no signal, so that all that happens is theirs."""

import time
from collections.abc import Iterator

import pytest

from tests.faults.deployment import Deployment
from tests.faults.forms import FORM
from tests.faults.scenarios import Scenario

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def relays(deployment: Deployment) -> Iterator[None]:
    """Two relays, and nobody else who dispatches."""
    with deployment.changed("worker", "web", EVENTS_DRIVER="relay"):
        deployment.start("second-relay")
        try:
            yield
        finally:
            deployment.kill("second-relay")


@pytest.mark.usefixtures("relays")
def test_two_relays_of_which_one_is_killed(scenario: Scenario) -> None:
    with scenario.traffic(faults=FORM.rounds) as traffic:
        for _ in range(FORM.rounds):
            scenario.kill_and_restart(traffic, scenario.dice.choice(["relay", "second-relay"]))


@pytest.mark.usefixtures("relays")
def test_relay_is_frozen_for_longer_than_a_lease_and_thawed(scenario: Scenario) -> None:
    deployment = scenario.deployment
    with scenario.traffic(faults=1) as traffic:
        scenario.wait_at_random(traffic)
        deployment.freeze("relay")
        last, began = deployment.last_event(), time.monotonic()
        deployment.settle(up_to=last)
        scenario.tell(f"a relay frozen: the other had done all {time.monotonic() - began:.1f} s later")
        time.sleep(max(0, FORM.frozen_seconds - (time.monotonic() - began)))
        deployment.thaw("relay")
        traffic.place(4)
