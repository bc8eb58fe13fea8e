"""Relays alone, two at once: web and worker send no signal, so that all that happens is theirs."""

import time
from collections.abc import Iterator

import pytest

from tests.faults.forms import FORM
from tests.faults.scenes import Scene
from tests.faults.town import Town

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def relays(town: Town) -> Iterator[None]:
    """Two relays, and nobody else who dispatches."""
    with town.changed("worker", "web", EVENTS_DRIVER="relay"):
        town.start("second-relay")
        try:
            yield
        finally:
            town.kill("second-relay")


@pytest.mark.usefixtures("relays")
def test_two_relays_of_which_one_is_killed(scene: Scene) -> None:
    with scene.crowd(faults=FORM.rounds) as crowd:
        for _ in range(FORM.rounds):
            scene.kill_and_restart(crowd, scene.dice.choice(["relay", "second-relay"]))


@pytest.mark.usefixtures("relays")
def test_relay_is_frozen_for_longer_than_a_lease_and_thawed(scene: Scene) -> None:
    town = scene.town
    with scene.crowd(faults=1) as crowd:
        scene.wait_at_random(crowd)
        town.freeze("relay")
        last, began = town.last_event(), time.monotonic()
        town.settle(up_to=last)
        scene.tell(f"a relay frozen: the other had done all {time.monotonic() - began:.1f} s later")
        time.sleep(max(0, FORM.frozen_seconds - (time.monotonic() - began)))
        town.thaw("relay")
        crowd.place(4)
