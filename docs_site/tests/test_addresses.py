"""Addresses of other hosts are asked for; where there is no network, that is said."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import gaierror
from threading import Thread
from urllib.error import URLError

import pytest

from docs_site import addresses
from docs_site.addresses import Answer, Checked, asked, checked, linked

ANSWERS = {"/there": 200, "/gone": 404, "/busy": 503}


class Host(BaseHTTPRequestHandler):
    """Answers each path with its status."""

    def do_GET(self) -> None:  # the library's
        self.send_response(ANSWERS[self.path])
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def host() -> Iterator[str]:
    """The address of a host."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_host_is_asked(host: str) -> None:
    expected = {"/there": Answer.THERE, "/gone": Answer.GONE, "/busy": Answer.UNSURE}
    assert {path: asked(f"{host}{path}") for path in ANSWERS} == expected
    assert asked("http://127.0.0.1:1/") is Answer.UNREACHABLE


def test_name_without_a_host_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise URLError(gaierror())

    monkeypatch.setattr(addresses, "urlopen", unknown)
    assert asked("http://no-such-host.example/") is Answer.NO_HOST


def test_address_that_leads_to_nothing_is_named() -> None:
    answers = {"a": Answer.THERE, "b": Answer.GONE, "c": Answer.NO_HOST, "d": Answer.UNSURE, "e": Answer.UNREACHABLE}
    found = checked(answers, answers.__getitem__)

    assert found.gone == ["b", "c"]
    assert list(found.lines()) == [
        "1 of 5 addresses of other hosts are there.",
        "  gone: b",
        "  gone: c",
        "  not checked: no clear answer: d",
        "  not checked: no clear answer: e",
    ]


def test_without_a_network_nothing_is_gone_and_that_is_said() -> None:
    found = Checked({"a": Answer.NO_HOST, "b": Answer.UNREACHABLE})

    assert found.gone == []
    assert list(found.lines()) == ["2 addresses of other hosts not checked: no network."]


def test_addresses_are_links_to_other_hosts(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("[a](https://a.example/#x) <http://b.example> <http://127.0.0.1:8000/>\n")
    (tmp_path / "docs" / "a.md").write_text("[a](https://a.example/)\n```text\n[c](https://c.example)\n```\n[d](d.md)")

    assert linked(tmp_path) == ["http://b.example", "https://a.example/"]
