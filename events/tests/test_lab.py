"""The signal lab breaks what a caller names, for the demo tenant alone, and exists only in the embedded default."""

from collections.abc import Iterator
from typing import Any

import pytest
from channels.layers import channel_layers
from django.core.exceptions import ImproperlyConfigured

from events.dispatch import attempts
from events.dispatch.inline import settle
from events.lab import lab
from events.lab.lab import FaultMode, Lab
from events.models import Delivery
from events.operations import receiver_named, retry
from events.receivers import RECEIVERS
from tenants.context import tenant_context
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker() -> list[str]:
    """The worker's commands, in order."""
    return []


@pytest.fixture
def opened(worker: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """An open lab, closed again."""
    before = channel_layers.backends.get("default")
    monkeypatch.setattr("events.dispatch.ledger.BACKOFF_SECONDS", 0.0)
    yield lab.open_lab(stop_worker=lambda: worker.append("stop"), start_worker=lambda: worker.append("start"))
    lab.close_lab()
    channel_layers.backends.pop("default", None)
    if before is not None:
        channel_layers.set("default", before)


def work() -> None:
    """Dispatch until even failing deliveries have had all their attempts."""
    for _ in range(lab.ATTEMPTS + 1):
        settle()


def outcomes(receiver: str = "audit") -> list[tuple[str, int]]:
    """The receiver's deliveries, oldest first: status and attempts."""
    rows = Delivery.objects.filter(receiver=receiver).order_by("sequence")
    return list(rows.values_list("status", "attempts"))


@pytest.mark.parametrize("name", ["EMBEDDED", "ORDERS_DEMO"])
def test_it_does_not_open_elsewhere(settings: Any, name: str) -> None:
    setattr(settings, name, False)

    with pytest.raises(ImproperlyConfigured, match="only in the embedded default"):
        lab.open_lab(stop_worker=print, start_worker=print)
    assert lab.the_lab() is None
    assert attempts.listeners == []


@pytest.mark.parametrize("name", ["EMBEDDED", "ORDERS_DEMO"])
def test_an_open_lab_is_unavailable_once_the_settings_forbid_it(opened: Lab, settings: Any, name: str) -> None:
    assert lab.the_lab() is opened
    setattr(settings, name, False)

    assert lab.the_lab() is None


@pytest.mark.receivers
@pytest.mark.parametrize("receiver", ["audit", "notifications", "processing"])
def test_broken_receiver_tries_four_times_and_gives_up(opened: Lab, tenant: Tenant, receiver: str) -> None:
    opened.break_receiver(RECEIVERS[receiver], FaultMode.ALWAYS)
    place_order()
    work()

    assert outcomes(receiver) == [("DEAD", lab.ATTEMPTS)]
    assert Delivery.objects.get(receiver=receiver).last_error.startswith("InjectedFailure: ")
    assert {one for name in RECEIVERS if name != receiver for one in outcomes(name)} == {("SUCCEEDED", 1)}


@pytest.mark.receivers
def test_repaired_receiver_works_and_dead_deliveries_can_be_retried(opened: Lab, tenant: Tenant) -> None:
    whole = RECEIVERS["audit"]
    opened.break_receiver(whole, FaultMode.ALWAYS)
    opened.break_receiver(receiver_named("audit"), FaultMode.EVERY_THIRD)
    opened.break_receiver(receiver_named("audit"), FaultMode.ALWAYS)
    place_order()
    work()

    opened.repair_receiver("audit")
    opened.repair_receiver("audit")

    assert RECEIVERS["audit"] is whole
    assert outcomes() == [("DEAD", lab.ATTEMPTS)]
    retry(Delivery.objects.get(receiver="audit").pk)
    work()
    assert outcomes() == [("SUCCEEDED", 1)]


@pytest.mark.receivers
def test_one_attempt_in_three_fails(opened: Lab, tenant: Tenant) -> None:
    opened.break_receiver(RECEIVERS["audit"], FaultMode.EVERY_THIRD)
    for _ in range(6):
        place_order()
        work()

    assert outcomes() == [("SUCCEEDED", n) for n in (1, 1, 2, 1, 2, 1)]
    assert (opened.faults["audit"].attempts, opened.faults["audit"].failed) == (8, 2)


@pytest.mark.receivers
def test_the_next_attempts_fail_and_then_the_receiver_works(opened: Lab, tenant: Tenant) -> None:
    whole = RECEIVERS["audit"]
    opened.break_receiver(whole, FaultMode.NEXT, 2)
    place_order()
    work()

    assert outcomes() == [("SUCCEEDED", 3)]
    assert (opened.faults, RECEIVERS["audit"]) == ({}, whole)


@pytest.mark.receivers
def test_several_events_at_once_are_tried_alone(opened: Lab, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as asleep:
        asleep.setattr("events.dispatch.notification.notify", lambda _: None)
        for _ in range(3):
            place_order()
    opened.break_receiver(RECEIVERS["audit"], FaultMode.NEXT, 1)
    work()

    assert sorted(outcomes()) == [("SUCCEEDED", 1), ("SUCCEEDED", 1), ("SUCCEEDED", 2)]


@pytest.mark.receivers
def test_another_tenants_events_are_not_touched(opened: Lab, tenant: Tenant, other_tenant: Tenant) -> None:
    opened.break_receiver(RECEIVERS["audit"], FaultMode.ALWAYS)
    with tenant_context(other_tenant.pk):
        place_order()
        work()
        assert outcomes() == [("SUCCEEDED", 1)]


def test_worker_is_stopped_and_started_again(opened: Lab, worker: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[Any] = []

    class Timer:
        """A timer that the test ends."""

        def __init__(self, seconds: float, then: Any) -> None:
            planned.append((seconds, then))

        def start(self) -> None:
            """Do nothing."""

    monkeypatch.setattr("events.lab.lab.threading.Timer", Timer)
    clock = [100.0]
    monkeypatch.setattr("events.lab.lab.time.monotonic", lambda: clock[0])
    opened.pause_worker(10)
    clock[0] = 105
    assert (opened.worker.is_out, opened.worker.seconds_left) == (True, 5)
    opened.pause_worker(10)

    clock[0] = 110.01
    planned[0][1]()
    assert worker == ["stop", "stop"]  # The second pause goes on.
    clock[0] = 115.01
    planned[1][1]()
    assert worker == ["stop", "stop", "start"]
    assert not opened.worker.is_out


@pytest.fixture
def in_memory(settings: Any) -> None:
    """The embedded default's channel layer, wherever the suite runs."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": lab.IN_MEMORY}}


async def test_layer_loses_messages_while_it_is_unplugged(in_memory: None, opened: Lab) -> None:
    layer = channel_layers["default"]
    channel = await layer.new_channel()
    await layer.group_add("g", channel)

    opened.drop_messages(30)
    await layer.group_send("g", {"type": "lost"})
    opened.drop_messages(0)
    await layer.group_send("g", {"type": "heard"})

    assert await layer.receive(channel) == {"type": "heard"}
    assert opened.layer.lost == 1


def test_a_layer_that_is_not_in_memory_is_not_changed(settings: Any) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer"}}
    before = channel_layers.backends.get("default")
    made = lab.open_lab(stop_worker=print, start_worker=print)
    try:
        assert not made.layer.available
        assert channel_layers.backends.get("default") is before
    finally:
        lab.close_lab()
