"""The switch of the demo's traffic: in the embedded demo alone, and not for another site's page."""

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from config.embedded.traffic_switch import SWITCH
from orders.demo.traffic import GentleTraffic

URL = "/demo/traffic/"


@pytest.fixture
def traffic(settings: Settings) -> Iterator[GentleTraffic]:
    """The traffic of a running ``./dev up``; its thread does not run here."""
    settings.EMBEDDED, settings.ORDERS_DEMO = True, True
    SWITCH.traffic = GentleTraffic()
    yield SWITCH.traffic
    SWITCH.traffic = None


def test_the_traffic_is_stopped_and_started(traffic: GentleTraffic) -> None:
    assert Client().get(URL).json() == {"isOn": True}
    for on in (False, True):
        assert Client().post(URL, {"on": int(on)}).json() == {"isOn": on}
        assert traffic.is_on is on


def test_another_sites_page_switches_nothing(traffic: GentleTraffic) -> None:
    assert Client(enforce_csrf_checks=True).post(URL, {"on": 0}).status_code == 403
    assert traffic.is_on


def test_without_traffic_there_is_nothing_to_switch(traffic: GentleTraffic) -> None:
    SWITCH.traffic = None
    assert Client().get(URL).json() == {"isOn": None}
    assert Client().post(URL, {"on": 1}).status_code == 404


@pytest.mark.parametrize("missing", ["EMBEDDED", "ORDERS_DEMO"])
def test_nothing_of_it_is_there_in_production(settings: Settings, traffic: GentleTraffic, missing: str) -> None:
    setattr(settings, missing, False)
    assert Client().get(URL).status_code == Client().post(URL, {"on": 0}).status_code == 404
    assert traffic.is_on
