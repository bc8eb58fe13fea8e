"""Receivers are switched off and on while everything runs: orders don't notice, and nothing is lost."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.shop import Shop
from tests.faults.crowd import MOST_UNFINISHED, Crowd
from tests.faults.scenes import Scene
from tests.faults.town import ALL

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
    """Switch every receiver of the tenant, as a client with the right may."""
    switches = "\n".join(
        f'{name}: setReceiverEnabled(input: {{receiver: "{name}", enabled: {str(enabled).lower()}}}) '
        "{ receiver { enabled } }"
        for name in RECEIVERS
    )
    answer = asyncio.run(shop.ask(f"mutation {{ {switches} }}"))
    assert [one["receiver"]["enabled"] for one in answer.values()] == [enabled] * len(RECEIVERS)


@contextmanager
def all_off(shop: Shop, crowd: Crowd) -> Iterator[None]:
    """For a while; the clients don't pause for what nobody does."""
    crowd.most_unfinished = ALL
    switch(shop, enabled=False)
    try:
        yield
    finally:
        switch(shop, enabled=True)
        crowd.most_unfinished = MOST_UNFINISHED


def test_every_receiver_is_off_and_on_again(scene: Scene) -> None:
    town = scene.town
    with scene.crowd(faults=0) as crowd:
        crowd.place(4)
        calm = scene.seconds_to_settle()
        with all_off(town.shop, crowd):
            since = town.one("SELECT now()")
            crowd.place(6)
            waiting, begun = town.one(WAITING, since=since), town.one(LAST_BEGUN, since=since)
            scene.tell(f"all off: {waiting} deliveries wait, the last one began {begun:.2f} s after the switch")
            assert waiting > 0
            assert begun < KNOWN_SECONDS + calm
