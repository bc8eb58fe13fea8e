"""The deployment, its traffic, and the report on each scenario."""

import logging
import zlib
from collections.abc import Iterator

import pytest

from tests.environment import report_key
from tests.faults.deployment import Deployment, running
from tests.faults.forms import FORM, SEED
from tests.faults.scenarios import Scenario
from tests.runner.skips import NO_RABBITMQ
from tests.servers.server import NoServer


@pytest.fixture(scope="session", params=FORM.brokers)
def deployment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """One deployment for all scenarios; each leaves it in working order."""
    try:
        entered = running(tmp_path_factory.mktemp("deployment"), request.param)
        with entered as deployment:
            request.config.stash[report_key].used(deployment.describe())
            yield deployment
    except NoServer:
        pytest.skip(NO_RABBITMQ)


@pytest.fixture
def scenario(
    deployment: Deployment,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Scenario]:
    """A scenario in the deployment, reported in a few lines whether it fails or not."""
    caplog.set_level(logging.WARNING)
    name = f"{zlib.crc32(request.node.nodeid.encode()):08x}"
    scenario = Scenario(deployment, name, seed=f"{SEED} {request.node.name}")
    deployment.repair()
    deployment.settle()  # A scenario that failed may have left work.
    yield scenario
    with capsys.disabled():
        print(f"\n{request.node.name} ({FORM.name} form, seed {SEED})")
        for line in scenario.lines:
            print(f"    {line}")
