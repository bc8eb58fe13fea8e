"""Payloads of earlier versions are read as the present version of their type."""

import pytest

from events import log_reader, upcasters
from events.models import Event
from events.upcasters import upcast, upcaster
from tests.factories import place_order


@pytest.fixture(autouse=True)
def own_upcasters(monkeypatch):
    """An empty register: what a test adds is gone afterwards."""
    monkeypatch.setattr(upcasters, "UPCASTERS", {})


def with_two_steps():
    @upcaster("order.created", from_version=1)
    def split(payload):
        return payload | {"split": True}

    @upcaster("order.created", from_version=2)
    def without_changes(payload):
        return {name: value for name, value in payload.items() if name != "changes"}


def test_an_old_payload_takes_every_step_to_the_present_version():
    with_two_steps()
    old = {"order": {}, "changes": {}}

    assert upcast("order.created", 1, old) == (3, {"order": {}, "split": True})
    assert old == {"order": {}, "changes": {}}


def test_other_types_and_later_versions_stay_as_they_are():
    with_two_steps()
    payload = {"order": {}}

    assert upcast("order.paid", 1, payload) == (1, payload)
    assert upcast("order.created", 4, payload) == (4, payload)


def test_a_version_has_one_upcaster():
    with_two_steps()

    with pytest.raises(ValueError, match="has an upcaster from version 2 already"):
        upcaster("order.created", from_version=2)


@pytest.mark.receivers
@pytest.mark.django_db
@pytest.mark.both_databases
def test_a_recorded_event_is_read_in_the_present_version(tenant):
    place_order()
    recorded = log_reader.read_after(tenant.pk, 0)[0]
    with_two_steps()

    read = log_reader.read_after(tenant.pk, 0)[0]
    notified = Event.from_wire(tenant.pk, recorded.to_wire())

    for event in (read, notified):
        assert (event.schema_version, event.payload) == (3, {**without(recorded.payload), "split": True})


def without(payload):
    return {name: value for name, value in payload.items() if name != "changes"}
