"""Redis or the broker is stopped or frozen for a while: no order is refused or delayed."""

import time

import pytest

from tests.faults.deployment import ALL
from tests.faults.forms import FORM
from tests.faults.scenarios import Scenario
from tests.faults.traffic import MOST_UNFINISHED, Traffic

pytestmark = [pytest.mark.e2e, pytest.mark.measures_time]
CALM_ORDERS = 12
TRIES = 3
AWAY = {"gone": ("kill", "start"), "frozen": ("freeze", "thaw")}
FAULTS = [(server, fault) for server in ("Redis", "broker") for fault in AWAY]
NOISE_SECONDS = 0.1
"""How late any answer may be on a busy machine. A client that waits for an unreachable server waits for a second."""


def test_server_is_gone_or_frozen(scenario: Scenario) -> None:
    """The 95th percentile is under twice that of the time before; noise does not occur three times."""
    late = list(FAULTS)
    with scenario.traffic(faults=TRIES * len(FAULTS)) as traffic:
        traffic.place(CALM_ORDERS)  # The first answers of processes are slow, and would make the limit too generous.
        for _ in range(TRIES):
            since = time.monotonic()
            traffic.place(CALM_ORDERS)
            calm = traffic.percentile_95(since=since)
            late = [one for one in late if not are_answers_in_time(scenario, traffic, calm, *one)]
            if not late:
                break
    assert traffic.lost.total() == 0
    assert late == []


def are_answers_in_time(scenario: Scenario, traffic: Traffic, calm: float, server: str, fault: str) -> bool:
    """Stop the server for a while and start it again; return whether answers took under twice as long as before."""
    target = scenario.deployment.servers[server]
    away, back = (getattr(target, name) for name in AWAY[fault])
    began = time.monotonic()
    traffic.most_unfinished = ALL  # Clients that pause for a backlog would place no orders.
    away()
    time.sleep(FORM.outage_seconds)
    traffic.place(1)
    ended = time.monotonic()
    back()
    traffic.most_unfinished = MOST_UNFINISHED
    outage = traffic.percentile_95(since=began, until=ended)
    settled = scenario.seconds_to_settle()
    scenario.add_to_report(
        f"{server} {fault}: p95 of answers {outage * 1000:.0f} ms, before {calm * 1000:.0f} ms; "
        f"all effects {settled:.1f} s after it was back"
    )
    return outage < 2 * calm + NOISE_SECONDS
