"""The system calls addresses of its settings, and of a client's only those of webhooks, checked (OWASP: SSRF)."""

import ast
from pathlib import Path

import pytest

from tests.architecture.receivers.names import imports

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "graphql_api", "webhooks", "orders", "audit", "events", "tenants")
NETWORK = {"aiohttp", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "telnetlib", "urllib", "websockets"}
HARMLESS = {  # a table, a parser, and a function that unmasks bytes
    *("http.HTTPStatus", "urllib.parse", "websockets.speedups", "websockets.utils"),
}
KNOWN = {
    "config/serving/web_server.py": {"socket"},  # it accepts what waits before it stops listening
    "config/embedded/preflight.py": {"socket"},  # tests whether the web server's own port is free
    "tenants/db/replica/monitor.py": {"socket"},  # ends connections to a database that does not answer
    "webhooks/addresses.py": {"socket"},  # looks up the hosts of tenants' endpoints, and refuses what is not public
    "webhooks/post.py": {"http", "socket"},  # connects to the checked address
    "orders/demo/traffic.py": {"urllib"},  # a command's client of this system's own API, at the given address
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
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return [path for path in paths if "tests" not in path.relative_to(ROOT).parts]


def test_modules_that_can_call_out_are_listed() -> None:
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
def test_the_check_finds_network_imports(source: str, libraries: set[str]) -> None:
    assert network_imports(source) == libraries
