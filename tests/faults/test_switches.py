"""Receivers are switched off and on while everything runs: orders are not affected, and nothing is lost."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.shop import Shop
from tests.faults.deployment import ALL
from tests.faults.scenarios import Scenario
from tests.faults.traffic import MOST_UNFINISHED, Traffic

pytestmark = pytest.mark.e2e
RECEIVERS = ("audit", "notifications", "processing", "subscriptions")
KNOWN_SECONDS = 1.0
"""Within this time every process knows."""
LAST_BEGUN = "SELECT extract(epoch FROM max(started_at) - %(since)s)::float FROM events_delivery"
WAITING = """
SELECT count(*) FROM events_delivery d JOIN events_event e ON e.insertion_id = d.event_id
WHERE d.status = 'PENDING' AND d.attempts = 0 AND e.occurred_at > %(since)s
"""


def switch(shop: Shop, *, enabled: bool) -> None:
    """Switch every receiver of the tenant, as a client with this right."""
    switches = "\n".join(
        f'{name}: setReceiverEnabled(input: {{receiver: "{name}", enabled: {str(enabled).lower()}}}) '
        "{ receiver { enabled } }"
        for name in RECEIVERS
    )
    answer = asyncio.run(shop.ask(f"mutation {{ {switches} }}"))
    assert [one["receiver"]["enabled"] for one in answer.values()] == [enabled] * len(RECEIVERS)


@contextmanager
def all_off(shop: Shop, traffic: Traffic) -> Iterator[None]:
    """Switch all off for a while; the clients don't pause for the backlog."""
    traffic.most_unfinished = ALL
    switch(shop, enabled=False)
    try:
        yield
    finally:
        switch(shop, enabled=True)
        traffic.most_unfinished = MOST_UNFINISHED


def test_every_receiver_is_off_and_on_again(scenario: Scenario) -> None:
    deployment = scenario.deployment
    with scenario.traffic(faults=0) as traffic:
        traffic.place(4)
        calm = scenario.seconds_to_settle()
        with all_off(deployment.shop, traffic):
            since = deployment.one("SELECT now()")
            traffic.place(6)
            waiting, begun = deployment.one(WAITING, since=since), deployment.one(LAST_BEGUN, since=since)
            scenario.add_to_report(
                f"all off: {waiting} deliveries wait, the last one began {begun:.2f} s after the switch"
            )
            assert waiting > 0
            assert begun < KNOWN_SECONDS + calm
