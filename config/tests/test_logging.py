"""What is logged, and what must not be."""

import json
import logging
import os
import time
from collections.abc import Iterator
from io import StringIO

import daphne.access
import pytest
import structlog
from django.conf import settings
from django.test import Client
from structlog.testing import capture_logs

from config.logging import LINES_DROPPED, READER_SECONDS, PatientStream, configure
from tenants.context import Caller, acting_as

log = structlog.get_logger(__name__)


def test_a_logger_that_was_used_before_logging_was_set_up_again_is_heard() -> None:
    log.info("before")
    configure(settings.LOGGING)
    with capture_logs() as logs:
        log.info("after")
    assert [entry["event"] for entry in logs] == ["after"]


def test_a_log_that_is_not_read_drops_lines_instead_of_waiting() -> None:
    before, line = LINES_DROPPED._value.get(), "." * 4095 + "\n"
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        stream, written, began = PatientStream(writer), 0, time.monotonic()
        while stream.is_read:
            stream.write(line)
            written += stream.is_read
        took = time.monotonic() - began
        for _ in range(100):
            stream.write(line)
        assert READER_SECONDS <= took < 50 * READER_SECONDS
        assert time.monotonic() - began - took < 50 * READER_SECONDS  # 100 lines that wait would take longer.
        assert LINES_DROPPED._value.get() - before == 101

        assert os.read(reader, written * len(line)) == line.encode() * written
        stream.write("It is read again.\n")
        assert os.read(reader, 100) == b"It is read again.\n"
    finally:
        os.close(reader)
        os.close(writer)


def test_a_line_that_was_begun_is_written_to_its_end() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        stream, long = PatientStream(writer), "." * 100_000 + "\n"
        for line in (long, "dropped\n"):
            stream.write(line)
        read = os.read(reader, 200_000)
        stream.write("next\n")
        assert read + os.read(reader, 200_000) == long.encode() + b"next\n"
    finally:
        os.close(reader)
        os.close(writer)


SEARCHED = "/api/orders/?text=ada@example.com"


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """The logged line, in the form for machines."""
    root = logging.getLogger()
    before = root.handlers, root.level
    configure({"level": "INFO", "format": "json"})
    written = StringIO()
    [handler] = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    configure(settings.LOGGING)
    root.handlers, level = before
    root.setLevel(level)


def test_a_host_that_is_not_served_is_one_line(logged: StringIO) -> None:
    response = Client().get(SEARCHED, headers={"host": "evil.example"})

    assert response.status_code == 400
    lines = logged.getvalue().splitlines()
    [line] = [one for one in lines if "DisallowedHost" in one]
    assert '"level": "warning"' in line
    assert "Traceback" not in logged.getvalue()
    assert len(Client().get("/", headers={"host": "x" * 9_000 + "!"}).content) < 200
    assert max(map(len, logged.getvalue().splitlines())) < 600


@pytest.mark.django_db
def test_search_texts_are_not_logged(logged: StringIO) -> None:
    Client().get("/nothing/?text=ada@example.com")
    Client().post("/login/?text=ada@example.com&next=/", {})
    Client().get(SEARCHED, headers={"host": "evil.example"})

    assert "/nothing/" in logged.getvalue()
    assert "ada@example.com" not in logged.getvalue()


@pytest.mark.django_db
def test_texts_in_paths_and_hosts_are_not_logged(logged: StringIO) -> None:
    Client().get("/ada@example.com/")
    Client().get("/join/a-links-secret/")
    Client().get("/livez", headers={"host": "ada@example.com"})

    said = [json.loads(line)["event"] for line in logged.getvalue().splitlines()]
    assert said[:2] == ["Not Found: /…/", "Not Found: /join/…/"]
    assert said[2].startswith("Invalid HTTP_HOST header: '…'.")
    assert "ada@" not in logged.getvalue()
    assert "a-links-secret" not in logged.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/nothing/", {}),
        ("/nothing/", {"host": "evil.example"}),
        ("/api/orders/", {"authorization": "Bearer ord_unknown"}),
        ("/admin/login/", {}),
    ],
)
def test_each_line_about_a_request_has_the_id_that_the_client_gets(
    logged: StringIO, path: str, headers: dict[str, str]
) -> None:
    response = Client(enforce_csrf_checks=True).post(path, headers=headers | {"x-request-id": "of-the-client-7"})

    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert response.status_code >= 400
    assert lines != []
    assert [line for line in lines if line.get("request_id") != "of-the-client-7"] == []


@pytest.mark.parametrize("name", ["uvicorn.access", "uvicorn.error"])
def test_nor_by_uvicorn(logged: StringIO, name: str) -> None:
    theirs = logging.getLogger(name)
    theirs.setLevel(logging.INFO)  # A server in this process, another test's, may have set another one.
    own, own_handler = StringIO(), logging.StreamHandler()
    own_handler.setStream(own)
    theirs.addHandler(own_handler)
    try:
        theirs.warning('%s - "%s %s HTTP/%s" %d', "192.0.2.1:5", "GET", SEARCHED, "1.1", 200)
    finally:
        theirs.removeHandler(own_handler)

    assert own.getvalue() == '192.0.2.1:5 - "GET /api/orders/ HTTP/1.1" 200\n'


def test_nor_by_daphne(logged: StringIO) -> None:
    written = StringIO()
    details = {"client": "192.0.2.1:5", "method": "GET", "path": SEARCHED, "status": 200, "size": 9}

    daphne.access.AccessLogGenerator(written)("http", "complete", details)

    assert '"GET /api/orders/" 200 9' in written.getvalue()
    assert "ada" not in written.getvalue()


def test_an_exception_is_shown_by_its_type_and_place(logged: StringIO) -> None:
    def find(people: dict[str, str]) -> str:
        try:
            return people["ada@example.com"]
        except KeyError as cause:
            raise ValueError("Ada Lovelace is unknown") from cause

    try:
        find({})
    except ValueError:
        log.exception("failed")

    line = json.loads(logged.getvalue())
    assert "ada@" not in logged.getvalue()
    assert "Lovelace" not in logged.getvalue()
    assert [one for one in line["exception"].splitlines() if not one.startswith(" ")] == ["ValueError", "KeyError"]
    assert "test_an_exception_is_shown_by_its_type_and_place" in line["exception"]


def test_the_message_of_a_server_that_is_away_is_shown(logged: StringIO) -> None:
    try:
        raise ConnectionRefusedError(111, "Connection refused")
    except OSError:
        logging.getLogger("some.library").exception("away")

    first = json.loads(logged.getvalue())["exception"].splitlines()[0]
    assert first == "ConnectionRefusedError: [Errno 111] Connection refused"


def test_a_line_has_the_id_of_its_request(logged: StringIO) -> None:
    with acting_as(Caller(request_id="request-7")):
        log.info("ours")
        logging.getLogger("some.library").warning("theirs")
        log.info("another", request_id="request-8")
    log.info("none")

    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert [(line["event"], line.get("request_id")) for line in lines] == [
        ("ours", "request-7"),
        ("theirs", "request-7"),
        ("another", "request-8"),
        ("none", None),
    ]
