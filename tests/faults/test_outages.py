"""Redis or the broker is gone or frozen for a while: no order is refused, or waits for it."""

import time

import pytest

from tests.faults.forms import FORM
from tests.faults.scenes import Scene

pytestmark = pytest.mark.e2e
CALM_ORDERS = 10
GENEROUS_SECONDS = 1.0
"""What an answer may take on a machine that is busy with other things."""


@pytest.mark.parametrize("fault", ["gone", "frozen"])
@pytest.mark.parametrize("server", ["redis", "broker"])
def test_server_is(scene: Scene, server: str, fault: str) -> None:
    victim = scene.town.redis if server == "redis" else scene.town.broker
    away, back = {"gone": (victim.kill, victim.start), "frozen": (victim.freeze, victim.thaw)}[fault]
    with scene.crowd(faults=1) as crowd:
        crowd.place(CALM_ORDERS)
        began = time.monotonic()
        away()
        time.sleep(FORM.outage_seconds)
        back()
        ended = time.monotonic()
        calm, outage = crowd.percentile_95(until=began), crowd.percentile_95(since=began, until=ended)
        scene.tell(f"{server} {fault}: p95 of answers {outage * 1000:.0f} ms, before {calm * 1000:.0f} ms")
    assert crowd.lost.total() == 0
    assert outage < max(2 * calm, GENEROUS_SECONDS)
