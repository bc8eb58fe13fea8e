"""The sender of a request: a proxy's headers count only if the proxy is trusted, for every entrance alike."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tenants.auth.proxies import BehindProxies, Proxies, address_in, is_from_this_machine

ROOT = Path(__file__).resolve().parents[3]
CLIENT, FAKE = "203.0.113.7", "192.0.2.66"
LOCAL = {"host": "127.0.0.1:8000"}


async def nothing(*_: Any) -> None:
    """An application or channel that does nothing."""


async def seen(
    proxies: Proxies, peer: str | None, *headers: tuple[str, str], kind: str = "http", **more: Any
) -> tuple[str | None, str]:
    """The client and the scheme that an application behind these proxies sees."""
    scope: dict[str, Any] = {
        "type": kind,
        "scheme": "http" if kind == "http" else "ws",
        "headers": [(name.lower().encode(), value.encode("latin1")) for name, value in headers],
        "client": None if peer is None else (peer, 5555),
        **more,
    }
    await BehindProxies(nothing, proxies)(scope, nothing, nothing)
    return scope["client"] and scope["client"][0], scope["scheme"]


def forwarded_for(value: str) -> tuple[str, str]:
    return "X-Forwarded-For", value


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", CLIENT, "10.0.0.1", None])
async def test_by_default_no_proxy_is_trusted(peer: str | None) -> None:
    said = [forwarded_for(FAKE), ("Forwarded", f"for={FAKE};proto=https"), ("X-Forwarded-Proto", "https")]

    assert await seen(Proxies(), peer, *said) == (peer, "http")


@pytest.mark.parametrize(
    ("peer", "header_value", "client"),
    [
        ("10.0.0.1", CLIENT, CLIENT),
        ("10.0.0.1", f"{FAKE}, {CLIENT}", CLIENT),  # The client's own text stands on the left.
        ("10.0.0.1", f"{FAKE}, {CLIENT}, 10.0.0.2", CLIENT),
        ("10.0.0.1", f"{FAKE},{CLIENT}:4711 ,  10.0.0.2:80", CLIENT),
        ("10.0.0.1", f"{FAKE}, [2001:db8::7]:80", "2001:db8::7"),
        ("::ffff:10.0.0.1", CLIENT, CLIENT),
        ("10.0.0.1", "10.0.0.9", "10.0.0.9"),
        ("10.0.0.1", f"{FAKE}, unknown", "10.0.0.1"),
        ("10.0.0.1", f"{FAKE}, nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", f"{FAKE}, " + ", ".join(["10.0.0.2"] * 30), "10.0.0.2"),
        (CLIENT, FAKE, CLIENT),
        ("127.0.0.1", FAKE, "127.0.0.1"),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_the_client_is_found_from_right_to_left(peer: str, header_value: str, client: str, kind: str) -> None:
    proxies = Proxies.named(["10.0.0.0/24"], "X-Forwarded-For")

    assert (await seen(proxies, peer, forwarded_for(header_value), kind=kind))[0] == client


async def test_several_header_lines_are_joined() -> None:
    proxies = Proxies.named(["10.0.0.0/24"], "X-Forwarded-For")

    assert (await seen(proxies, "10.0.0.1", forwarded_for(FAKE), forwarded_for(CLIENT)))[0] == CLIENT


@pytest.mark.parametrize(
    ("header_value", "expected"),
    [
        (f"for={CLIENT};proto=https;by=10.0.0.1", (CLIENT, "https")),
        (f'for={FAKE};proto=https, For="{CLIENT}:80" ; Proto=http', (CLIENT, "http")),
        (f'for={CLIENT};proto=https, for="10.0.0.2";proto=http', (CLIENT, "https")),
        ('for="[2001:db8::7]:4711"', ("2001:db8::7", "http")),
        (f"for={FAKE}, for=unknown", ("10.0.0.1", "http")),
        (f"for={FAKE}, for=_hidden", ("10.0.0.1", "http")),
        ("proto=https", ("10.0.0.1", "http")),
        (f"{CLIENT}", ("10.0.0.1", "http")),
    ],
)
async def test_forwarded_is_read_if_it_is_the_configured_header(header_value: str, expected: tuple[str, str]) -> None:
    proxies = Proxies.named(["10.0.0.0/24"], "Forwarded")

    assert await seen(proxies, "10.0.0.1", forwarded_for(FAKE), ("Forwarded", header_value)) == expected
    other = Proxies.named(["10.0.0.0/24"], "X-Forwarded-For")  # The proxy passes the Forwarded header unchanged.
    assert await seen(other, "10.0.0.1", forwarded_for(CLIENT), ("Forwarded", header_value)) == (CLIENT, "http")


@pytest.mark.parametrize(
    ("peer", "header_value", "scheme"),
    [("10.0.0.1", "https", "s"), ("10.0.0.1", "http, https", "s"), ("10.0.0.1", "http", ""), (CLIENT, "https", "")],
)
@pytest.mark.parametrize(("kind", "plain"), [("http", "http"), ("websocket", "ws")])
async def test_tls_is_known_from_a_trusted_proxy(
    peer: str, header_value: str, scheme: str, kind: str, plain: str
) -> None:
    proxies = Proxies.named(["10.0.0.0/24"], "X-Forwarded-For")
    said = [forwarded_for(CLIENT), ("X-Forwarded-Proto", header_value)]

    assert await seen(proxies, peer, *said, kind=kind) == (CLIENT, plain + scheme)


async def test_a_proxy_may_call_through_a_socket_file() -> None:
    assert (await seen(Proxies.named(["unix"], "X-Forwarded-For"), None, forwarded_for(CLIENT)))[0] == CLIENT
    assert (await seen(Proxies.named(["10.0.0.1"], "X-Forwarded-For"), None, forwarded_for(CLIENT)))[0] is None


@pytest.mark.parametrize("text", ["", "unknown", "_x", "1.2.3", "[::1", "a:b:c", "1.2.3.4.5", "\xff", "[", "]"])
def test_a_malformed_address_is_none(text: str) -> None:
    assert address_in(text) in {None, "::1"}


# --- This machine -----------------------------------------------------------------------------------------------------

TRACES = {
    **dict.fromkeys(("x-forwarded-for", "x-real-ip", "cf-connecting-ip", "true-client-ip", "x-client-ip"), CLIENT),
    "forwarded": f"for={CLIENT}",
    "via": "1.1 proxy",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "a.example",
    "x-forwarded-server": "a",
    "x-forwarded-port": "443",
    "cf-ray": "1",
    "cdn-loop": "cloudflare",
    "x-amzn-trace-id": "Root=1",
    "x-envoy-external-address": CLIENT,
    "tailscale-user-login": "ada",
    "host": "shop.example",
}


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "[::1]"])
def test_a_program_on_this_machine_is_local(address: str, host: str) -> None:
    assert is_from_this_machine(address, {"host": host, "user-agent": "curl"})


@pytest.mark.parametrize("address", [CLIENT, "10.0.0.1", "nonsense", "", None])
def test_another_machine_is_not_local(address: str | None) -> None:
    assert not is_from_this_machine(address, LOCAL)


@pytest.mark.parametrize("trace", TRACES)
def test_a_request_with_any_proxy_header_is_not_local(trace: str) -> None:
    assert not is_from_this_machine("127.0.0.1", {**LOCAL, trace: TRACES[trace]})


async def test_a_request_in_http_1_0_is_not_local() -> None:
    scope: dict[str, Any] = {"type": "http", "http_version": "1.0", "headers": [], "client": ("127.0.0.1", 1)}

    await BehindProxies(nothing, Proxies())(scope, nothing, nothing)

    assert not is_from_this_machine("127.0.0.1", {**LOCAL, **{a.decode(): b.decode() for a, b in scope["headers"]}})


def test_a_trusted_proxy_does_not_make_its_client_local() -> None:
    scope = {"type": "http", "headers": [(b"x-forwarded-for", b"127.0.0.1")], "client": ("10.0.0.1", 1)}
    asyncio.run(BehindProxies(nothing, Proxies.named(["10.0.0.1"], "X-Forwarded-For"))(scope, nothing, nothing))

    assert scope["client"] == ("127.0.0.1", 0)
    assert not is_from_this_machine("127.0.0.1", {**LOCAL, "x-forwarded-for": "127.0.0.1"})


# --- Servers ----------------------------------------------------------------------------------------------------------

UNDER_UVICORN = """
import asyncio, uvicorn
loaded = uvicorn.Config("config.asgi:application", log_config=None)
loaded.load()
import config.asgi
seen = []
async def app(scope, receive, send): seen.append((scope["client"], scope["scheme"]))
config.asgi.proxied.app = app
scope = {"type": "http", "scheme": "http", "client": ("127.0.0.1", 1), "headers": [
    (b"x-forwarded-for", b"192.0.2.66:5555"), (b"x-forwarded-proto", b"https")]}
asyncio.run(loaded.loaded_app(scope, None, None))
print(seen)
"""


def test_uvicorn_rewrites_nothing_however_it_is_started() -> None:
    command = [sys.executable, "-c", UNDER_UVICORN]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)

    assert ended.stdout == "[(('127.0.0.1', 1), 'http')]\n"
