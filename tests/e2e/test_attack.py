"""``./dev attack`` works, whatever its result on a busy machine."""

import subprocess
import sys

import pytest

from tests.environment import ROOT, fresh_environment
from tests.runner.report import FAILED, PASSED, Report
from tests.servers.products import PostgresServer, RedisServer

pytestmark = pytest.mark.e2e
SECONDS = 180


@pytest.mark.long
def test_one_short_attack_is_measured_and_reported(tmp_path):
    path = tmp_path / "report.json"
    options = ["--only", "pongs", "--server", "uvicorn", "--seconds", "1", "--orders", "500", "--report", str(path)]
    given = {f"TEST_{one.variable}": one.given() for one in (PostgresServer, RedisServer) if one.given()}
    command = [sys.executable, "-m", "tests.attack", *options]

    ran = subprocess.run(
        command, cwd=ROOT, env=fresh_environment(**given), capture_output=True, text=True, timeout=SECONDS, check=False
    )

    report = Report.read(path)
    [(name, outcome)] = report.outcomes.items()
    assert name == "tests/attack/pongs[uvicorn]"
    passed, failed = int(outcome == PASSED), int(outcome == FAILED)
    *_, result, against, last = ran.stdout.splitlines()
    assert result.startswith("pongs   uvicorn"), ran.stderr
    assert against.startswith("against PostgreSQL ")
    assert last == f"{passed} passed, {failed} failed"
    assert ran.returncode == failed


def test_list_names_every_attack():
    command = [sys.executable, "-m", "tests.attack", "--list"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert [line.split()[0] for line in listed.splitlines()] == [
        *("documents-socket", "documents-get", "documents-post", "documents-anonymous"),
        *("json-numbers", "body-over-limit", "body-slow", "where-text", "where-live"),
        *("pongs", "pings-unread", "violation-unread"),
        *("headers-huge", "headers-slow", "silent", "sockets-ungreeted", "logins"),
        *("subscriptions-distinct", "operation-names", "events-big", "resumer", "late-feed", "dev-up-sigterm"),
    ]
