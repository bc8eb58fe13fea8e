"""GraphQL over HTTP against the audits of npm's graphql-http, and against large bodies, on both servers."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.servers.processes import Process, free_port, listens

pytestmark = pytest.mark.e2e

HERE = Path(__file__).resolve().parent
SERVERS = {"uvicorn": ["uvicorn", "--port"], "daphne": ["daphne", "-b", "127.0.0.1", "-p"]}
ENTRANCES = [("uvicorn", "app"), ("daphne", "app"), ("uvicorn", "by_django")]
NPM_SECONDS = 120
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def auditor() -> Path:
    """The script that audits; its packages are installed from the lock the first time."""
    if not (HERE / "node_modules" / ".package-lock.json").exists():
        subprocess.run(
            ["npm", "ci", "--prefer-offline", "--no-audit", "--no-fund"], cwd=HERE, check=True, timeout=NPM_SECONDS
        )
    return HERE / "audit.mjs"


@pytest.fixture(scope="module", params=ENTRANCES, ids="-".join)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the toy API."""
    name, application = request.param
    port, directory = free_port(), tmp_path_factory.mktemp(name)
    command = [sys.executable, "-m", *SERVERS[name], str(port), f"tests.audit.application:{application}"]
    server = Process(
        name,
        command,
        directory=directory,
        env={"PYTHONPATH": str(HERE.parents[1]), "ORDERS_DATA_DIR": str(directory)},
    )
    server.start()
    server.wait_until_ready(lambda: listens(port))
    yield f"http://127.0.0.1:{port}/graphql/"
    server.stop()


def test_every_audit_passes(auditor: Path, url: str) -> None:
    done = subprocess.run(["node", auditor, url], capture_output=True, text=True, timeout=60, check=True)

    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [result for result in results if result["status"] != "ok"] == []
    assert len({result["id"] for result in results}) == 61


def test_body_over_a_mebibyte_is_refused(url: str) -> None:
    query = json.dumps({"query": "{ hello }"}).encode()
    headers = {"content-type": "application/json"}

    assert httpx.post(url, content=query.ljust(MIB), headers=headers).json()["data"] == {"hello": "hello world"}
    assert httpx.post(url, content=query.ljust(MIB + 1), headers=headers).status_code == 413


def test_body_of_no_announced_length_is_refused_as_it_grows(url: str) -> None:
    endless = (b" " * 65_536 for _ in range(32))

    response = httpx.post(url, content=endless, headers={"content-type": "application/json"})

    assert response.status_code == 413
    assert response.json()["errors"][0]["message"] == "The body is larger than 1,048,576 bytes."
