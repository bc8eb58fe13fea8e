"""The client of a request: the one place that decides which headers of a proxy are trusted.

A proxy is trusted if its address is in ``TRUSTED_PROXIES``; by default none is. From other senders the headers
``X-Forwarded-For``, ``X-Forwarded-Proto`` and ``Forwarded`` have only one effect: a request with any trace of a proxy
or a tunnel does not come from this machine, whatever its address is.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

import structlog
from django.http import HttpRequest

Scope = Any  # a mutable mapping, which each ASGI library types in its own way
App = Callable[[Any, Any, Any], Awaitable[None]]
Network = IPv4Network | IPv6Network

log = structlog.get_logger(__name__)

UNIX: Final = "unix"
"""In ``TRUSTED_PROXIES``: a client that connects through a socket file, and so has no address."""
MOST_HOPS: Final = 20
LOCAL_NAMES: Final = {"localhost"}
SECURE: Final = {"https": {"http": "https", "websocket": "wss"}, "http": {"http": "http", "websocket": "ws"}}
TRACES: Final = frozenset({
    *("forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "x-cluster-client-ip", "fastly-client-ip"),
    *("cdn-loop", "x-amzn-trace-id", "x-cloud-trace-context", "x-original-host", "x-original-for", "x-proxyuser-ip"),
})  # fmt: skip
TRACES_BEGIN: Final = ("x-forwarded", "cf-", "x-envoy-", "x-appengine-", "fly-", "tailscale-", "x-azure-", "x-ms-")
"""Headers that proxies, tunnels and content delivery networks add to a request, by name or prefix."""


def address_in(text: str) -> str | None:
    """The address in ``203.0.113.7``, ``203.0.113.7:80``, ``2001:db8::1`` or ``[2001:db8::1]:80``; None if there is
    none. An IPv4 address that was mapped into IPv6 is the IPv4 one."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    found = parsed(text)
    return None if found is None else str(found)


@lru_cache(maxsize=1_000)
def parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address, if the text is one."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers by their names in lower case."""
    return {name.lower(): value for name, value in headers.items()}


def address_of(request: HttpRequest) -> str | None:
    """The address of the request's client, after :class:`BehindProxies` has read the proxies' headers."""
    return request.META.get("REMOTE_ADDR") or None


def ip_of(address: str | None) -> str | None:
    """The address as it is kept, if there is one: a socket file has none."""
    found = parsed(address or "")
    return None if found is None else str(found)


def is_loopback(host: str) -> bool:
    """Whether this is an address of this machine that no other machine can reach, or the name of one."""
    found = parsed(host)
    return host in LOCAL_NAMES if found is None else found.is_loopback


def is_from_this_machine(address: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a request was sent by a program on this machine, and to it, with no proxy or tunnel between.

    Everything that is open to this machine alone uses this check. ``headers`` has lower-case names. A forwarder that
    does not change the request and was given a Host of this machine cannot be recognised.
    """
    if not address or not is_loopback(address) or not is_loopback(host_name(headers.get("host", "localhost"))):
        return False
    return not any(name in TRACES or name.startswith(TRACES_BEGIN) for name in headers)


def host_name(host: str) -> str:
    """The name in a Host header, without the port."""
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0].lower()


def proxy_of(name: str) -> str:
    """An address, a network or :data:`UNIX`, as an entry of ``TRUSTED_PROXIES``.

    Raises:
        ValueError: it has another form.
    """
    return name if name == UNIX else str(ip_network(name))


@dataclass(frozen=True)
class Proxies:
    """The trusted proxies, and the header in which they name their clients."""

    networks: tuple[Network, ...] = ()
    unix: bool = False
    header: bytes = b"x-forwarded-for"
    """``x-forwarded-for``, with ``x-forwarded-proto`` beside it, or ``forwarded`` (RFC 7239)."""

    @classmethod
    def named(cls, names: Sequence[str], header: str) -> "Proxies":
        """The proxies of the settings."""
        networks = tuple(ip_network(name) for name in names if name != UNIX)
        return cls(networks, UNIX in names, header.lower().encode())

    def __bool__(self) -> bool:
        return bool(self.networks) or self.unix

    def has(self, address: str | None) -> bool:
        """Whether the address is a trusted proxy's."""
        if address is None:
            return self.unix
        found = parsed(address)
        return found is not None and any(found in network for network in self.networks)

    def client_of(self, peer: str | None, header_value: str) -> tuple[str | None, str]:
        """The sender of a request that came from ``peer``, and its scheme at the first proxy: "http", "https" or "".

        Each proxy adds its own client on the right; so the search goes from right to left while the proxy that added an
        entry is trusted. A malformed entry ends the search: then the last known proxy counts.
        """
        address, scheme = peer, ""
        for _ in range(MOST_HOPS):
            if not header_value or not self.has(address):
                break
            header_value, _, hop = header_value.rpartition(",")
            found, proto = self.read(hop)
            if found is None:
                break
            address, scheme = found, proto or scheme
        return address, scheme

    def read(self, hop: str) -> tuple[str | None, str]:
        """The address, and the scheme if there is one, in a proxy's entry about its client."""
        if self.header == b"x-forwarded-for":
            return address_in(hop), ""
        pairs = dict(pair.strip().lower().partition("=")[::2] for pair in hop.split(";"))
        return address_in(pairs.get("for", "").strip('"')), pairs.get("proto", "").strip('"')


@dataclass
class BehindProxies:
    """ASGI application around all others: sets ``client`` and ``scheme`` to the sender of the request and its scheme.

    A request in HTTP/1.0 is marked as a proxy's by a ``Via`` header: nginx sends those by default, and no header of its
    own.
    """

    app: App
    proxies: Proxies
    warned: bool = field(default=False, init=False)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] in {"http", "websocket"}:
            self.judge(scope)
        await self.app(scope, receive, send)

    def judge(self, scope: Scope) -> None:
        """Replace the connection's address and scheme by those of the client."""
        if scope.get("http_version") == "1.0":
            scope["headers"] = [*scope["headers"], (b"via", b"1.0 unknown")]
        header_value = joined(scope["headers"], self.proxies.header)
        if not header_value:
            return
        client = scope.get("client")
        peer = address_in(client[0]) if client else None
        if not self.proxies.has(peer):
            self.warn(peer)
            return
        address, scheme = self.proxies.client_of(peer, header_value)
        if address != peer:
            scope["client"] = (address, 0)
        if self.proxies.header == b"x-forwarded-for":
            scheme = joined(scope["headers"], b"x-forwarded-proto").rpartition(",")[2].strip().lower()
        if scheme in SECURE:
            scope["scheme"] = SECURE[scheme][scope["type"]]

    def warn(self, peer: str | None) -> None:
        """Log once that an untrusted address sends forwarding headers. It may be a client that forges them."""
        if not self.warned:
            self.warned = True
            log.warning("proxy_not_trusted", peer=peer, hint="If this is your proxy, name it in TRUSTED_PROXIES.")


def joined(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    """All values of a header, as if they had come in one line."""
    return ",".join([value.decode("latin1") for one, value in headers if one == name])


def silence_uvicorn(loaded: Mapping[str, Any]) -> None:
    """Have uvicorn pass on who its connection is with. By itself it believes X-Forwarded-For from this machine, unless
    it is started with ``--no-proxy-headers``, and rewrites the client before we could see it.

    ``loaded`` are the modules of this process.
    """
    if (module := loaded.get("uvicorn.middleware.proxy_headers")) is not None:

        async def passed_on(middleware: Any, scope: Scope, receive: Any, send: Any) -> None:
            await middleware.app(scope, receive, send)

        module.ProxyHeadersMiddleware.__call__ = passed_on
