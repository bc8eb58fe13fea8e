"""All errors of the environment are reported together, in sentences, by every command."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from config import measures
from config.environment import BadEnvironment, Environment, existing_file
from graphql_server import limits
from graphql_server.limits import ConnectionLimits
from tenants.auth.proxies import proxy_of
from tenants.ratelimit import throttling
from tests.environment import fresh_environment

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent

TYPES: list[tuple[Callable[[Environment], Any], str, Any]] = [
    (lambda env: env.str("X", default="a"), "b", "b"),
    (lambda env: env.str("X", default="a"), "", "a"),
    (lambda env: env.str("X", one_of=["on", "off"]), "off", "off"),
    (lambda env: env.bool("X", default=False), "Yes", True),
    (lambda env: env.bool("X", default=True), "0", False),
    (lambda env: env.int("X", default=1), "7", 7),
    (lambda env: env.int("X", default=1), "", 1),
    (lambda env: env.float("X", default=1.0), "0.5", 0.5),
    (lambda env: env.list("X", default=["a"]), "", []),
    (lambda env: env.list("X", default=["a"]), " b ,, c", ["b", "c"]),
    (lambda env: env.list("X", default=[1], each=int), "2,3", [2, 3]),
    (lambda env: env.dict("X", names=["a", "b"], default={"a": 1}), "", {"a": 1}),
    (lambda env: env.dict("X", names=["a", "b"], default={}), "a=1; b=2.5;", {"a": 1, "b": 2.5}),
    (lambda env: env.url("X", schemes=["redis://"]), "redis://h:6379/0", "redis://h:6379/0"),
    (lambda env: env.url("X", schemes=["amqp://"]), "amqp://a;amqp://b:1", "amqp://a;amqp://b:1"),
    (lambda env: env.db_url("X", engine="e")["NAME"], "postgres://u:p%40@h/orders", "orders"),
    (lambda env: env.email_url("X")["EMAIL_HOST"], "smtp+tls://u:p@mail:587", "mail"),
    (lambda env: env.email_url("X")["EMAIL_FILE_PATH"], "filemail:///var/mails", "/var/mails"),
    (lambda env: "EMAIL_FILE_PATH" in env.email_url("X"), "filemail://", False),
    (lambda env: env.email_url("X"), "", {}),
    (lambda env: env.list("X", default=[], each=proxy_of), "10.0.0.0/8,::1,unix", ["10.0.0.0/8", "::1/128", "unix"]),
]


@pytest.mark.parametrize(("read", "value", "expected"), TYPES)
def test_a_value_has_its_type(read: Callable[[Environment], Any], value: str, expected: Any) -> None:
    env = Environment({"X": value})

    assert read(env) == expected
    env.refuse()


WRONG: list[tuple[Callable[[Environment], Any], list[str], str]] = [
    (lambda env: env.str("X", one_of=["on", "off"]), ["maybe"], "on or off; it is 'maybe'"),
    (lambda env: env.str("X", like="[A-Z]{3}", expected="a code"), ["eur", "EUR\n"], "a code; it is "),
    (
        lambda env: env.bool("X", default=False),
        ["maybe", "2", "-1"],
        "1 or 0 (or true, false, yes, no, on, off); it is ",
    ),
    (lambda env: env.int("X", default=1, least=1), ["z", "0", "1.5", "-1"], "a whole number of at least 1; it is "),
    (lambda env: env.int("X", default=1, most=9), ["10"], "a whole number from 0 to 9; it is '10'"),
    (lambda env: env.float("X", default=1.0), ["z", "nan", "inf", "-0.1", "1e999"], "a number of at least 0; it is "),
    (lambda env: env.list("X", default=[], each=int, expected="numbers"), ["1,z"], "numbers; it is 'z'"),
    (lambda env: env.list("X", default=[], each=existing_file, expected="files"), ["/no"], "files; it is '/no'"),
    (lambda env: env.list("X", default=[], each=proxy_of, expected="proxies"), ["10.0.0.1/8"], "proxies; it is "),
    (
        lambda env: env.dict("X", names=["a"], default={}),
        ["a", "a=z", "b=1", "a=-1", "a=1=2", "a=nan"],
        "numbers such as a=1, with semicolons between; the names are a; it is ",
    ),
    (lambda env: env.url("A_URL", schemes=["redis://"]), ["amqp://h", "redis://", "redis://h:z", "h"], "redis://"),
    (lambda env: env.db_url("A_URL", engine="e"), ["mysql://h/d", "postgres://h", "postgres://h:z/d"], "postgres://"),
    (lambda env: env.email_url("A_URL"), ["mail.internal", "http://mail", "smtp://h:z"], "smtp+tls://"),
]


@pytest.mark.parametrize(
    ("read", "value", "expected"), [(read, one, said) for read, all_, said in WRONG for one in all_]
)
def test_an_error_names_the_expected_value(read: Callable[[Environment], Any], value: str, expected: str) -> None:
    env = Environment({"X": value, "A_URL": value})
    read(env)

    [problem] = env.problems
    assert problem.startswith(("X has to be ", "A_URL has to be "))
    assert expected in problem
    assert ("its value is not shown" in problem) is problem.startswith("A_URL")


def test_all_errors_are_reported_together_and_once(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff")
    env = Environment({"A": "z", "B_FILE": "/does/not/exist", "C_FILE": str(tmp_path / "binary"), "D": "1"})
    assert env.int("A", default=3) == 3
    for name in ("B", "B", "C"):
        env.str(name)
    env.gone("D", "use E.")

    with pytest.raises(BadEnvironment) as refused:
        env.refuse()

    assert str(refused.value).splitlines() == [
        "The settings in the environment can't be used:",
        "  - A has to be a whole number of at least 0; it is 'z'.",
        "  - B_FILE=/does/not/exist can't be read: No such file or directory.",
        f"  - C_FILE={tmp_path / 'binary'} can't be read: it is not UTF-8.",
        "  - D is no setting any more: use E.",
        "Each setting, with what it may be, is in .env.example; NAME_FILE names a file with the value of NAME.",
    ]


@pytest.mark.parametrize(
    ("names", "used"),
    [
        (measures.DOCUMENT, limits.DocumentLimits),
        (measures.SHARES, limits.Shares),
        (measures.SOCKETS, limits.SocketCounts),
        (measures.SOCKET, limits.SocketLimits),
        (measures.CONNECTION, ConnectionLimits),
        (measures.THROTTLE, throttling.Rates),
    ],
)
def test_measures_have_the_names_that_are_used(names: tuple[str, ...], used: Any) -> None:
    assert names == tuple(one.name for one in fields(used))


# --- What is started --------------------------------------------------------------------------------------------------

STARTED = {
    "manage.py": [sys.executable, "manage.py", "check"],
    "dispatcher": [sys.executable, "manage.py", "dispatcher"],
    "up": [sys.executable, "manage.py", "up"],
    "uvicorn": [BIN / "uvicorn", "config.asgi:application", "--port", "0"],
    "daphne": [BIN / "daphne", "-p", "0", "config.asgi:application"],
    "celery": [BIN / "celery", "-A", "config", "worker"],
}
PRODUCTION = "postgres://them:secret@127.0.0.1:1/nothing"


@pytest.mark.parametrize("command", STARTED.values(), ids=STARTED)
def test_every_command_reports_errors_and_ends(command: list[Any], tmp_path: Path) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    wrong = {"DATABASE_URL": PRODUCTION, "GRAPHQL_THREADS": "z", "LOG_LEVEL": "loud", "EVENTS_DRIVER": "magic"}
    env = {**kept, **wrong, "ORDERS_DATA_DIR": str(tmp_path)}

    ended = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.removeprefix("  Starting\n").splitlines() == [
        "The settings in the environment can't be used:",
        "  - SECRET_KEY is needed beside DATABASE_URL: 50 random characters, the same on every host (or the file with "
        "them: SECRET_KEY_FILE).",
        "  - ALLOWED_HOSTS is needed beside DATABASE_URL: the names under which clients reach the system.",
        "  - EVENTS_DRIVER has to be signals or relay; it is 'magic'.",
        "  - GRAPHQL_THREADS has to be a whole number of at least 1; it is 'z'.",
        "  - LOG_LEVEL has to be DEBUG or INFO or WARNING or ERROR; it is 'loud'.",
        "Each setting, with what it may be, is in .env.example; NAME_FILE names a file with the value of NAME.",
    ]


@pytest.mark.parametrize(("given", "expected"), [({}, "inline"), ({"EVENTS_DISPATCH": "dispatcher"}, "dispatcher")])
def test_the_shell_dispatches_by_itself(given: dict[str, str], expected: str, tmp_path: Path) -> None:
    show = "from django.conf import settings; print(settings.EVENTS_DISPATCH)"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-v0", "-c", show]
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env=fresh_environment(ORDERS_DATA_DIR=str(tmp_path), **given),
        check=True,
        capture_output=True,
        text=True,
    )

    assert ran.stdout.split() == [expected]
