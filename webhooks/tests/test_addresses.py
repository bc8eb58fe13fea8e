"""No webhook reaches an address inside (OWASP: server-side request forgery)."""

import socket
from ipaddress import ip_network
from typing import Any

import pytest
from django.conf import LazySettings

from webhooks.addresses import AddressForbidden, addresses_of, is_allowed
from webhooks.models import Outcome
from webhooks.post import post
from webhooks.tests.consumer import consumer

INSIDE = [
    *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1"),
    *(
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
    ),
]
OUTSIDE = ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2002:808:808::1"]


@pytest.fixture(autouse=True)
def as_in_production(settings: LazySettings) -> None:
    settings.WEBHOOKS_NETWORKS = []


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_refused(address: str) -> None:
    assert not is_allowed(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_allowed(address)


def test_a_network_of_the_settings_is_allowed(settings: LazySettings) -> None:
    settings.WEBHOOKS_NETWORKS = [ip_network("10.20.0.0/16")]

    assert [is_allowed(one) for one in ("10.20.3.4", "10.21.0.1", "127.0.0.1")] == [True, False, False]


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0"])
def test_other_ways_to_write_an_address_are_refused(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is what they resolve to."""
    address = socket.inet_ntoa(socket.inet_aton(host))
    monkeypatch.setattr("webhooks.addresses.socket.getaddrinfo", resolving_to(address))

    with pytest.raises(AddressForbidden):
        addresses_of(host, 443)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_this_machine_is_refused_and_not_reached(host: str) -> None:
    with consumer() as running:
        written = f"[{host}]" if ":" in host else host
        answer = post(f"https://{written}:{running.port}/", b"{}", {}, seconds=2)

        assert answer.outcome in {Outcome.FORBIDDEN_ADDRESS, Outcome.UNREACHABLE}
        assert (answer.status, running.requests) == (None, [])


def resolving_to(*addresses: str) -> Any:
    """A resolver with these answers for every host, one after the other; the last stays."""
    left = list(addresses)

    def look_up(host: str, port: int, *_: object, **__: object) -> list[Any]:
        address = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    return look_up


def test_a_public_name_that_resolves_to_an_address_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.addresses.socket.getaddrinfo", resolving_to("169.254.169.254"))

    with pytest.raises(AddressForbidden):
        addresses_of("metadata.example.com", 443)


def test_the_connection_goes_to_the_checked_address_whatever_the_name_resolves_to_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: the second answer of the resolver is an address inside."""
    connected: list[Any] = []
    monkeypatch.setattr("webhooks.addresses.socket.getaddrinfo", resolving_to("93.184.215.14", "127.0.0.1"))

    def connect(address: Any, timeout: float) -> Any:
        connected.append(address)
        raise ConnectionRefusedError("not in a test")

    monkeypatch.setattr("webhooks.post.create_connection", connect)
    answer = post("https://rebinding.example.com/", b"{}", {}, seconds=2)

    assert connected == [("93.184.215.14", 443)]
    assert answer.outcome == Outcome.UNREACHABLE


def test_plain_http_goes_to_networks_of_the_settings_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.addresses.socket.getaddrinfo", resolving_to("93.184.215.14"))

    assert post("http://public.example.com/", b"{}", {}, seconds=2).outcome == Outcome.FORBIDDEN_ADDRESS
