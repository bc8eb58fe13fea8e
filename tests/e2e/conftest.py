"""One running system for the tests that only need one: a start takes seconds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.stack import Embedded
from tests.environment import ROOT


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the running system's data."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def laptop(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """A running ``./dev up``. Tests share its orders, so each looks at its own, or at those after its beginning."""
    stack = Embedded(ROOT, env={"ORDERS_DATA_DIR": str(data)}, logs=tmp_path_factory.mktemp("logs"))
    stack.start()
    yield stack
    assert stack.stop() == 0


@pytest.fixture
def address(laptop: Embedded) -> str:
    """Where it is reached."""
    return laptop.shop.address
