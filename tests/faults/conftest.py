"""The town, the crowd in it, and what is told of each scenario."""

import logging
import zlib
from collections.abc import Iterator

import pytest

from tests.environment import report_key
from tests.faults.forms import FORM, SEED
from tests.faults.scenes import Scene
from tests.faults.town import Town, running
from tests.server import NoServer


@pytest.fixture(scope="session", params=FORM.brokers)
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town for all scenarios; each leaves it in order."""
    try:
        entered = running(tmp_path_factory.mktemp("town"), request.param)
        with entered as town:
            request.config.stash[report_key].used(town.describe())
            yield town
    except NoServer:
        pytest.skip("no RabbitMQ was given (BROKER_URL) or found")


@pytest.fixture
def scene(
    town: Town, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Iterator[Scene]:
    """A scenario in the town, told of in a few lines however it ends."""
    caplog.set_level(logging.WARNING)
    name = f"{zlib.crc32(request.node.nodeid.encode()):08x}"
    scene = Scene(town, name, seed=f"{SEED} {request.node.name}")
    town.mend()
    town.settle()  # A scenario that failed may have left something to do.
    yield scene
    with capsys.disabled():
        print(f"\n{request.node.name} ({FORM.name} form, seed {SEED})")
        for line in scene.told:
            print(f"    {line}")
