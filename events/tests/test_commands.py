"""``manage.py receivers`` and ``manage.py events``."""

import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import AuditLog
from events import clock, log_reader, switches
from events.models import Delivery, Event
from tenants.context import tenant_context
from tests.factories import in_each_tenant, place_order

pytestmark = pytest.mark.django_db


def said(*arguments):
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def line(text, first):
    """The cells of the table's line that begins with this name."""
    [found] = [one for one in text.splitlines() if one.strip("│ ").startswith(first)]
    return [cell.strip() for cell in found.strip("│").split("│")]


@pytest.fixture
def orders(tenant, other_tenant):
    """An order of each of two tenants, with all work done."""
    order = place_order()
    with tenant_context(other_tenant.pk):
        place_order()
    return order


def states(receiver="audit"):
    def read():
        rows = Delivery.objects.filter(receiver=receiver).order_by("sequence")
        return list(rows.values_list("tenant__slug", "status"))

    return [one for found in in_each_tenant(read) for one in found]


# --- receivers --------------------------------------------------------------------------------------------------------


@pytest.mark.receivers
def test_receivers_are_listed_for_all_or_one_tenant(orders, other_tenant):
    switches.set_enabled("audit", enabled=False, tenant_id=other_tenant.pk)
    Delivery.objects.filter(receiver="audit").update(status="DEAD")
    printed = line(said("receivers", "list"), "audit")
    assert printed[:6] == ["audit", "direct", "on", "0", "0", "1"]
    assert printed[-1] == "other"
    assert line(said("receivers", "list", "--tenant", "other"), "audit")[:6] == [
        "audit",
        "direct",
        "off",
        "0",
        "0",
        "0",
    ]


@pytest.mark.receivers
@pytest.mark.signals_driver
def test_a_receiver_is_switched_off_for_all_and_catches_up(tenant, other_tenant, settle):
    assert said("receivers", "disable", "audit") == "audit is off. Its deliveries wait.\n"
    assert switches.switched_off() == {"audit"}
    place_order()
    with tenant_context(other_tenant.pk):
        place_order()
    assert states() == [("demo", "PENDING"), ("other", "PENDING")]

    assert said("receivers", "enable", "audit") == "audit is on. What waited for it is being done.\n"
    assert states() == [("demo", "PENDING"), ("other", "PENDING")]  # A dispatcher does it.
    settle()
    assert states() == [("demo", "SUCCEEDED"), ("other", "SUCCEEDED")]


@pytest.mark.receivers
def test_a_receiver_is_switched_for_one_tenant_and_skips_what_waited(tenant, other_tenant, settle):
    said("receivers", "disable", "audit", "--tenant", "other")
    assert (switches.switched_off(tenant.pk), switches.switched_off(other_tenant.pk)) == (frozenset(), {"audit"})
    with tenant_context(other_tenant.pk):
        place_order()
    printed = said("receivers", "enable", "audit", "--tenant", "other", "--skip")
    assert printed == "audit is on. 1 deliveries were skipped.\n"
    settle()
    assert states() == [("other", "SKIPPED")]


@pytest.mark.parametrize("verb", ["enable", "disable"])
def test_unknown_names_are_refused(tenant, verb):
    with pytest.raises(CommandError, match="There is no receiver 'unknown'"):
        said("receivers", verb, "unknown")
    with pytest.raises(CommandError, match="There is no tenant 'nowhere'"):
        said("receivers", verb, "audit", "--tenant", "nowhere")


# --- events -----------------------------------------------------------------------------------------------------------


@pytest.mark.receivers
def test_events_are_listed_with_their_deliveries(orders):
    row = Delivery.objects.get(receiver="audit")
    cells = line(said("events", "list"), "1")
    assert cells[:3] == ["1", "order.created", str(orders.pk)]
    assert f"audit SUCCEEDED {row.pk}" in cells[5]
    assert "order.created" not in said("events", "list", "--status", "DEAD")
    Delivery.objects.filter(pk=row.pk).update(status="DEAD")
    assert "order.created" in said("events", "list", "--status", "DEAD", "--receiver", "audit")
    assert "order.created" not in said("events", "list", "--status", "DEAD", "--tenant", "other")


@pytest.mark.receivers
@pytest.mark.signals_driver
def test_a_replay_counts_and_with_apply_does(orders, settle, mailoutbox):
    printed = said("events", "replay", "--receiver", "notifications")
    assert printed == "1 events: 1 deliveries would be done again; --apply does it (0 for the first time).\n"
    printed = said("events", "replay", "--receiver", "notifications", "--apply")
    assert printed == "1 events: 1 deliveries are done again (0 for the first time).\n"
    assert states("notifications") == [("demo", "PENDING"), ("other", "SUCCEEDED")]
    settle()
    assert states("notifications") == [("demo", "SUCCEEDED"), ("other", "SUCCEEDED")]
    assert len({mail.extra_headers["Message-ID"] for mail in mailoutbox}) == 2
    assert len(mailoutbox) == 3


def test_a_replay_is_narrowed_by_when_it_occurred(orders, monkeypatch):
    monkeypatch.setattr("events.management.commands.events.BATCH", 1)
    for day in (1, 2, 3):
        with clock.at(datetime(2026, 3, day, 12, tzinfo=UTC)):
            place_order()

    def replayed(*when):
        return said("events", "replay", "--receiver", "audit", *when).split()[0]

    assert replayed("--before", "2026-03-03T12:00") == "2"
    assert replayed("--since", "2026-03-02T13:00+01:00", "--before", "2026-03-04") == "2"
    assert replayed("--since", "2026-03-02T12:00:01", "--before", "2026-03-03") == "0"
    with pytest.raises(CommandError, match="argument --since: invalid moment value: 'yesterday'"):
        replayed("--since", "yesterday")


@pytest.mark.receivers
def test_a_replay_goes_batch_by_batch(orders, settle, monkeypatch):
    for _ in range(4):
        place_order()
    monkeypatch.setattr("events.management.commands.events.BATCH", 2)
    assert said("events", "replay", "--receiver", "audit", "--apply").startswith(
        "5 events: 5 deliveries are done again"
    )
    settle()
    assert AuditLog.objects.count() == 5


@pytest.mark.receivers
@pytest.mark.usefixtures("first_receivers")
def test_dead_deliveries_are_retried_all_or_by_name(orders, settle):
    Delivery.objects.update(status="DEAD")
    one = Delivery.objects.get(receiver="processing")
    assert said("events", "retry", str(one.pk)) == "1 deliveries are tried again.\n"
    assert said("events", "retry", "--receiver", "notifications") == "1 deliveries are tried again.\n"
    assert said("events", "retry") == "1 deliveries are tried again.\n"
    settle()
    assert set(Delivery.objects.values_list("status", flat=True)) == {"SUCCEEDED"}


def test_a_delivery_of_another_tenant_is_not_retried(orders, other_tenant):
    with tenant_context(other_tenant.pk):
        one = Delivery.objects.get(receiver="audit")
    with pytest.raises(CommandError, match="There is no such delivery"):
        said("events", "retry", str(one.pk))


@pytest.mark.receivers
@pytest.mark.signals_driver
def test_events_are_pruned_by_age(orders, tenant, other_tenant):
    with tenant_context(other_tenant.pk):
        Delivery.objects.filter(receiver="audit").update(status="RETRYING")
    ours, theirs = log_reader.head(tenant.pk), log_reader.head(other_tenant.pk)
    assert said("events", "prune") == "demo: 0 events removed.\nother: 0 events removed.\n"
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        kept = "; an unfinished delivery of event 1 keeps the others."
        assert said("events", "prune", "--dry-run") == (
            f"demo: {ours} events could be removed.\nother: 0 events could be removed{kept}\n"
        )
        assert said("events", "prune") == f"demo: {ours} events removed.\nother: 0 events removed{kept}\n"
    assert in_each_tenant(Event.objects.count) == [0, theirs]
