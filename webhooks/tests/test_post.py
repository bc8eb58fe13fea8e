"""A request ends in time, is not redirected, and keeps 2 KiB of the answer."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate

import pytest

from webhooks import post as module
from webhooks.models import Outcome
from webhooks.post import MOST_ANSWER, post
from webhooks.tests.consumer import Answers, consumer


@contextmanager
def raw_server(*parts: bytes, pause: float = 0.0) -> Iterator[int]:
    """A server that sends these bytes after the request, with a pause before each, and then nothing more."""
    listening = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                for part in parts:
                    ended.wait(pause)
                    connection.sendall(part)
                ended.wait(10)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        ended.set()
        listening.close()
        thread.join()


def test_the_request_has_what_it_was_given() -> None:
    with consumer(lambda request: Answers(200, body=b"thanks")) as running:
        answer = post(running.url, b'{"a": 1}', {"content-type": "application/json", "webhook-id": "1"}, seconds=5)
        [request] = running.requests

    assert (answer.outcome, answer.status, answer.body) == (Outcome.DELIVERED, 200, "thanks")
    assert (request.path, request.body) == ("/hook?key=1", b'{"a": 1}')
    assert request.headers["host"] == f"127.0.0.1:{running.port}"
    assert (request.headers["content-type"], request.headers["webhook-id"]) == ("application/json", "1")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "DELIVERED"), (299, "DELIVERED"), (400, "REFUSED"), (404, "REFUSED"), (410, "GONE"), (503, "REFUSED")],
)
def test_only_2xx_is_a_success(status: int, outcome: str) -> None:
    with consumer(lambda request: status) as running:
        assert post(running.url, b"{}", {}, seconds=5).outcome == outcome


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with consumer() as target:
        to = Answers(status, {"location": target.url})
        with consumer(lambda request: to) as running:
            answer = post(running.url, b"{}", {}, seconds=5)

        assert (answer.outcome, answer.status, target.requests) == (Outcome.REFUSED, status, [])
        assert "Redirects are not followed" in answer.error


def test_2_kib_of_the_answer_are_kept() -> None:
    with consumer(lambda request: Answers(500, body=b"\0" + b"x" * 1_000_000)) as running:
        answer = post(running.url, b"{}", {}, seconds=5)

    assert (len(answer.body), answer.body[:2]) == (MOST_ANSWER, "\N{REPLACEMENT CHARACTER}x")


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [b"H", b"T", b"T", b"P", b"/", b"1", b".", b"1", b" ", b"2", b"0", b"0"] * 5,
        [b"HTTP/1.1 200 OK\r\n", *[b"a: b\r\n"] * 50],
    ],
    ids=["nothing", "a status that arrives slowly", "headers without end"],
)
def test_a_slow_endpoint_is_given_up_at_the_deadline(parts: list[bytes]) -> None:
    """Each byte arrives well within the limit of a socket's call."""
    began = time.monotonic()
    with raw_server(*parts, pause=0.1) as port:
        answer = post(f"http://127.0.0.1:{port}/", b"{}", {}, seconds=0.5)

    assert answer.outcome == Outcome.TIMED_OUT
    assert time.monotonic() - began < 2


def test_a_status_counts_although_the_body_never_ends() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n"
    with raw_server(head, *[b"x"] * 50, pause=0.05) as port:
        assert post(f"http://127.0.0.1:{port}/", b"{}", {}, seconds=0.5).outcome == Outcome.DELIVERED


NOW = 1_700_000_000


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        *(("120", 120), (" 0 ", 0), ("-5", 0), ("1.5", 0), ("²", 0), ("9" * 5000, 999_999_999), ("soon", 0)),
        *((formatdate(NOW + 120, usegmt=True), 120), (formatdate(NOW - 120), 0), ("Sun, 99 Nov 2026 08:49:37 GMT", 0)),
    ],
)
def test_retry_after_is_a_number_of_seconds_or_a_date(
    header: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "time", lambda: float(NOW))

    assert module.seconds_of(header) == seconds


def test_the_look_up_of_a_name_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(module, "addresses_of", lambda host, port: release.wait(30) and [])
    began = time.monotonic()
    try:
        answer = post("http://shop.example/", b"{}", {}, seconds=0.2)
    finally:
        release.set()

    assert answer.outcome == Outcome.TIMED_OUT
    assert time.monotonic() - began < 5


def test_a_connection_that_comes_at_the_deadline_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[socket.socket] = []

    def connect(place: tuple[str, int], seconds: float) -> socket.socket:
        opened.append(socket.create_connection(place, seconds))
        monkeypatch.setattr(module, "monotonic", lambda: time.monotonic() + 60)
        return opened[0]

    monkeypatch.setattr(module, "create_connection", connect)
    with consumer() as running:
        assert post(running.url, b"{}", {}, seconds=5).outcome == Outcome.TIMED_OUT

    assert [one.fileno() for one in opened] == [-1]


@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\r\n"])
def test_an_answer_that_is_not_http_fails(answer: bytes) -> None:
    with raw_server(answer) as port:
        assert post(f"http://127.0.0.1:{port}/", b"{}", {}, seconds=1).outcome in {
            Outcome.UNREACHABLE,
            Outcome.TIMED_OUT,
        }


def test_a_port_that_does_not_listen_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = one.getsockname()[1]
    answer = post(f"http://127.0.0.1:{port}/", b"{}", {}, seconds=2)

    assert (answer.outcome, answer.status) == (Outcome.UNREACHABLE, None)


def test_a_server_without_tls_at_an_https_address_is_unreachable() -> None:
    with consumer() as running:
        answer = post(running.url.replace("http", "https", 1), b"{}", {}, seconds=2)

    assert (answer.outcome, running.requests) == (Outcome.UNREACHABLE, [])
    assert "SSL" in answer.error


def test_certificates_are_checked_by_the_hosts_name() -> None:
    context = module.trusted()

    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
