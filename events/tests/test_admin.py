"""The admin of the receivers' switches and of the deliveries."""

from collections.abc import Callable

import pytest
from django.test import Client

from events import switches
from events.models import Delivery, ReceiverSwitch
from events.receivers import RECEIVERS
from tenants.context import tenant_context
from tenants.models import Tenant, User
from tests import factories

pytestmark = pytest.mark.django_db

ADD = "/admin/events/receiverswitch/add/"


def client_of(user: User) -> Client:
    """A browser in which the person is logged in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.receivers
def test_a_receiver_is_switched_off_and_on_for_the_chosen_tenant(tenant: Tenant) -> None:
    client = client_of(factories.user(is_staff=True))
    client.post(ADD, {"receiver": "audit", "for_all": "on"})  # only a superuser may set for_all, so it is ignored here

    assert switches.switched_off(tenant.pk) == {"audit"}
    assert switches.switched_off() == set()
    row = ReceiverSwitch.objects.get()
    client.post(f"/admin/events/receiverswitch/{row.pk}/change/", {"enabled": "on"})
    assert switches.switched_off(tenant.pk) == set()


@pytest.mark.receivers
@pytest.mark.parametrize(("missed", "status"), [("catch_up", "SUCCEEDED"), ("skip", "SKIPPED")])
def test_missed_deliveries_are_done_or_skipped_as_chosen(
    tenant: Tenant, settle: Callable[[], int], missed: str, status: str
) -> None:
    client = client_of(factories.user(is_staff=True))
    client.post(ADD, {"receiver": "audit"})
    factories.place_order()
    assert Delivery.objects.get(receiver="audit").status == "PENDING"

    row = ReceiverSwitch.objects.get()
    page = f"/admin/events/receiverswitch/{row.pk}/change/"
    assert 'value="skip"' in client.get(page).content.decode()
    answer = client.post(page, {"enabled": "on", "missed": missed}, follow=True)
    settle()
    assert Delivery.objects.get(receiver="audit").status == status
    assert ("1 deliveries were skipped" in answer.content.decode()) == (missed == "skip")


@pytest.mark.receivers
def test_a_superuser_switches_for_all() -> None:
    client = client_of(User.objects.create_superuser("root"))
    client.post(ADD, {"receiver": "notifications", "for_all": "on"})
    client.post(ADD, {"receiver": "notifications", "for_all": "on"})  # The same switch, once more.

    assert switches.switched_off() == {"notifications"}
    assert ReceiverSwitch.objects.count() == 1


@pytest.mark.receivers
def test_a_tenant_cannot_change_switches_for_all() -> None:
    switches.set_enabled("audit", enabled=False)
    row = ReceiverSwitch.objects.get()
    client = client_of(factories.user(is_staff=True))

    assert client.post(f"/admin/events/receiverswitch/{row.pk}/change/", {"enabled": "on"}).status_code == 403
    assert switches.switched_off() == {"audit"}


@pytest.mark.receivers
def test_another_tenants_switch_is_out_of_reach(other_tenant: Tenant) -> None:
    switches.set_enabled("audit", enabled=False, tenant_id=other_tenant.pk)
    row = ReceiverSwitch.objects.get()
    client = client_of(factories.user(is_staff=True))

    client.post(f"/admin/events/receiverswitch/{row.pk}/change/", {"enabled": "on"})
    assert switches.switched_off(other_tenant.pk) == {"audit"}


@pytest.mark.receivers
def test_every_receiver_is_listed_before_it_was_ever_switched(
    tenant: Tenant, other_tenant: Tenant, settle: Callable[[], int]
) -> None:
    client = client_of(factories.user(is_staff=True))
    with tenant_context(other_tenant.pk):
        switches.set_enabled("notifications", enabled=False, tenant_id=other_tenant.pk)

    def shown() -> dict[str, tuple[str, int, str]]:
        rows = client.get("/admin/events/receiverswitch/").context["receivers"]
        states = {True: "on", False: "off"}
        return {one["name"]: (states[one["is_on"]], one["waiting"], one["url"]) for one in rows}

    assert shown().keys() == RECEIVERS.keys()
    assert shown()["audit"] == ("on", 0, f"{ADD}?receiver=audit")
    assert shown()["notifications"][0] == "on"
    assert "selected>audit<" in client.get(f"{ADD}?receiver=audit").content.decode()
    client.post(ADD, {"receiver": "audit"})
    factories.place_order()
    settle()
    row = ReceiverSwitch.objects.get(receiver="audit")
    assert shown()["audit"] == ("off", 1, f"/admin/events/receiverswitch/{row.pk}/change/")


# --- Deliveries -------------------------------------------------------------------------------------------------------

DELIVERIES = "/admin/events/delivery/"


def try_again(client: Client, *rows: Delivery) -> str:
    """Choose these rows and the action; return the page that follows."""
    data = {"action": "try_again", "_selected_action": [str(row.pk) for row in rows]}
    return client.post(DELIVERIES, data, follow=True).content.decode()


@pytest.mark.receivers
def test_chosen_deliveries_are_tried_again(tenant: Tenant, settle: Callable[[], int]) -> None:
    factories.place_order()
    dead, done = Delivery.objects.get(receiver="audit"), Delivery.objects.get(receiver="notifications")
    Delivery.objects.filter(pk=dead.pk).update(status="DEAD", attempts=10)

    page = try_again(client_of(factories.user(is_staff=True)), dead, done)
    settle()
    assert "1 of 2 deliveries are tried again." in page
    assert "1 of 2 were left" in page
    dead.refresh_from_db()
    assert (dead.status, dead.attempts) == ("SUCCEEDED", 1)


@pytest.mark.receivers
def test_another_tenants_delivery_and_one_without_the_right_stay(tenant: Tenant, other_tenant: Tenant) -> None:
    def dead() -> Delivery:
        factories.place_order()
        Delivery.objects.filter(receiver="audit").update(status="DEAD")
        found: Delivery = Delivery.objects.get(receiver="audit")
        return found

    mine, theirs = factories.in_each_tenant(dead)

    try_again(client_of(factories.user(is_staff=True)), theirs)
    try_again(client_of(factories.user(is_staff=True, role="viewer", username="viewer")), mine)
    states = factories.in_each_tenant(lambda: Delivery.objects.get(receiver="audit").status)
    assert states == ["DEAD", "DEAD"]
