"""The admin of the receivers' switches."""

import pytest
from django.test import Client

from events import switches
from events.models import ReceiverSwitch
from tenants.models import Tenant, User
from tests import factories

pytestmark = pytest.mark.django_db

ADD = "/admin/events/receiverswitch/add/"


def client_of(user: User) -> Client:
    """A browser in which they are logged in."""
    client = Client()
    client.force_login(user)
    return client


def test_a_receiver_is_switched_off_and_on_for_the_chosen_tenant(tenant: Tenant) -> None:
    client = client_of(factories.user(is_staff=True))
    client.post(ADD, {"receiver": "audit", "for_all": "on"})  # for_all is a superuser's, and not listened to here

    assert switches.switched_off(tenant.pk) == {"audit"}
    assert switches.switched_off() == set()
    row = ReceiverSwitch.objects.get()
    client.post(f"/admin/events/receiverswitch/{row.pk}/change/", {"enabled": "on"})
    assert switches.switched_off(tenant.pk) == set()


def test_a_superuser_switches_for_all() -> None:
    client = client_of(User.objects.create_superuser("root"))
    client.post(ADD, {"receiver": "notifications", "for_all": "on"})
    client.post(ADD, {"receiver": "notifications", "for_all": "on"})  # The same one, once more.

    assert switches.switched_off() == {"notifications"}
    assert ReceiverSwitch.objects.count() == 1


def test_what_concerns_all_is_not_a_tenants_to_change() -> None:
    switches.set_enabled("audit", enabled=False)
    row = ReceiverSwitch.objects.get()
    client = client_of(factories.user(is_staff=True))

    assert client.post(f"/admin/events/receiverswitch/{row.pk}/change/", {"enabled": "on"}).status_code == 403
    assert switches.switched_off() == {"audit"}


def test_another_tenants_switch_is_out_of_reach(other_tenant: Tenant) -> None:
    switches.set_enabled("audit", enabled=False, tenant_id=other_tenant.pk)
    row = ReceiverSwitch.objects.get()
    client = client_of(factories.user(is_staff=True))

    client.post(f"/admin/events/receiverswitch/{row.pk}/change/", {"enabled": "on"})
    assert switches.switched_off(other_tenant.pk) == {"audit"}
