"""The addresses to which webhooks may be sent (OWASP: server-side request forgery).

A name is looked up once, each address is checked, and the connection goes to a checked address: a name that resolves
differently a moment later has no effect. Addresses that are not public (loopback, private, link-local, shared,
reserved, multicast) are refused, unless ``WEBHOOKS_NETWORKS`` has them.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings

Address = IPv4Address | IPv6Address


class AddressForbidden(Exception):
    """The address is not a public one."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} does not resolve to a public address.")


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses of the host to which a connection may go, in the resolver's order.

    Raises:
        AddressForbidden: there are none.
        OSError: the host can't be looked up.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    texts = dict.fromkeys(str(place[0]) for *_, place in found)
    if allowed := [text for text in texts if is_allowed(text)]:
        return allowed
    raise AddressForbidden(host)


def is_allowed(text: str) -> bool:
    """Whether webhooks may be sent to this address."""
    return is_in_networks(text) or is_public(ip_address(text.partition("%")[0]))


def is_in_networks(text: str) -> bool:
    """Whether the installation allows this address although it is not public; plain HTTP is allowed there, too."""
    address = ip_address(text.partition("%")[0])
    return any(address in network for network in settings.WEBHOOKS_NETWORKS)


def is_public(address: Address) -> bool:
    """Whether the address can be reached from anywhere; so must be the one that 6to4 has inside.

    The other forms that lead to an IPv4 address (mapped, NAT64, Teredo) are reserved or private as they are.
    """
    if isinstance(address, IPv6Address) and address.sixtofour is not None and not is_public(address.sixtofour):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
