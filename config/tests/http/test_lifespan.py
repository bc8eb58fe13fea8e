"""The web server starts with limits, or says what to do."""

import asyncio
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django import Settings
from structlog.testing import capture_logs
from uvicorn.config import Config
from uvicorn.lifespan.on import LifespanOn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from config.asgi import routes
from config.http.lifespan import REFUSED, refusal_of, warn_of_daphne
from config.serving.web_server import Http
from tests.environment import ROOT, fresh_environment

SECONDS = 60


def test_uvicorn_starts_with_our_http_protocol() -> None:
    async def start() -> LifespanOn:
        lifespan = LifespanOn(Config(routes, http=Http, log_config=None))
        await lifespan.startup()
        await lifespan.shutdown()
        return lifespan

    started = asyncio.run(start())
    assert (started.should_exit, started.error_occurred) == (False, False)


@pytest.mark.parametrize("protocol", [HttpToolsProtocol, H11Protocol])
def test_uvicorn_does_not_start_with_its_own(protocol: Any) -> None:
    config = Config(routes, http=protocol, log_config=None)
    config.load()
    assert refusal_of(LifespanOn(config).receive) == REFUSED


def test_another_server_starts() -> None:
    async def receive() -> None:
        """The lifespan of a server that is not uvicorn."""

    assert refusal_of(receive) == ""
    assert refusal_of(SimpleNamespace(config=None).__repr__) == ""


@pytest.mark.parametrize(
    ("loaded", "embedded", "warnings"),
    [({"daphne.cli"}, False, ["daphne_bounds_no_bodies"]), ({"daphne.cli"}, True, []), ({"daphne.server"}, False, [])],
)
def test_daphne_in_production_is_warned_of(
    settings: Settings, loaded: set[str], embedded: bool, warnings: list[str]
) -> None:
    settings.EMBEDDED = embedded
    with capture_logs() as logs:
        warn_of_daphne(loaded)
    assert [entry["event"] for entry in logs] == warnings


@pytest.mark.e2e
def test_uvicorns_refusal_is_a_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", "0", "--log-level", "warning"],
        cwd=ROOT,
        env=fresh_environment(ORDERS_DATA_DIR=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 3
    assert "python manage.py serve" in done.stderr
    assert "Traceback" not in done.stderr
