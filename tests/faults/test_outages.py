"""Redis or the broker is gone or frozen for a while: no order is refused, or waits for it."""

import time

import pytest

from tests.faults.forms import FORM
from tests.faults.scenarios import Scenario
from tests.faults.traffic import Traffic

pytestmark = [pytest.mark.e2e, pytest.mark.measures_time]
CALM_ORDERS = 12
TRIES = 3
NOISE_SECONDS = 0.1
"""By so much any answer may be late on a busy machine. Who waits for a server that is away waits for a second."""


@pytest.mark.parametrize("fault", ["gone", "frozen"])
@pytest.mark.parametrize("server", ["Redis", "broker"])
def test_server_is(scenario: Scenario, server: str, fault: str) -> None:
    """The 95th percentile is under twice the one of the minute before; what is only noise does not come three times."""
    with scenario.traffic(faults=TRIES) as traffic:
        is_in_time = any(are_answers_in_time(scenario, traffic, server, fault) for _ in range(TRIES))
    assert traffic.lost.total() == 0
    assert is_in_time


def are_answers_in_time(scenario: Scenario, traffic: Traffic, server: str, fault: str) -> bool:
    """Take the server away for a while and give it back; whether answers took under twice as long as before."""
    victim = scenario.deployment.servers[server]
    away, back = {"gone": (victim.kill, victim.start), "frozen": (victim.freeze, victim.thaw)}[fault]
    since = time.monotonic()
    traffic.place(CALM_ORDERS)
    began = time.monotonic()
    away()
    time.sleep(FORM.outage_seconds)
    ended = time.monotonic()
    back()
    calm, outage = traffic.percentile_95(since=since, until=began), traffic.percentile_95(since=began, until=ended)
    settled = scenario.seconds_to_settle()
    scenario.tell(
        f"{server} {fault}: p95 of answers {outage * 1000:.0f} ms, before {calm * 1000:.0f} ms; "
        f"all effects {settled:.1f} s after it was back"
    )
    return outage < 2 * calm + NOISE_SECONDS
