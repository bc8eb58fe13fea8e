"""Where the system calls out: to what its settings name, never to an address that a client gave (OWASP: SSRF)."""

import ast
from pathlib import Path

import pytest

from tests.architecture.names import imports

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "graphql_api", "orders", "audit", "events", "tenants")
NETWORK = {"aiohttp", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "telnetlib", "urllib", "websockets"}
HARMLESS = {  # a table, a parser, and what takes a mask off bytes
    *("http.HTTPStatus", "urllib.parse", "websockets.speedups", "websockets.utils"),
}
KNOWN = {
    "config/embedded/preflight.py": {"socket"},  # tries whether the web server's own port is free
    "orders/demo/traffic.py": {"urllib"},  # a command's client of this system's own API, by the address given to it
}


def network_imports(source: str) -> set[str]:
    """The libraries that a module could call out with."""
    paths = imports(ast.parse(source)).values()
    return {
        path.partition(".")[0]
        for path in paths
        if path.partition(".")[0] in NETWORK and not any(path.startswith(harmless) for harmless in HARMLESS)
    }


def modules() -> list[Path]:
    """The system's modules, without tests."""
    return [path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "tests" not in path.parts]


def test_who_can_call_out_is_known() -> None:
    found = {str(path.relative_to(ROOT)): network_imports(path.read_text()) for path in modules()}

    assert {path: libraries for path, libraries in found.items() if libraries} == KNOWN


@pytest.mark.parametrize(
    ("source", "libraries"),
    [
        ("import urllib.request", {"urllib"}),
        ("from urllib.request import urlopen", {"urllib"}),
        ("from urllib.parse import urlsplit", set()),
        ("from http import HTTPStatus", set()),
        ("def late():\n    import httpx as client", {"httpx"}),
        ("import socket, os", {"socket"}),
    ],
)
def test_the_check_sees_them(source: str, libraries: set[str]) -> None:
    assert network_imports(source) == libraries
