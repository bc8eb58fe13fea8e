"""``docs/architecture.md`` names exactly the files that an order runs through."""

import re
from functools import cache

import pytest

from tests.architecture.layout import MAP, Layout
from tests.architecture.way import Way, way_of_one_order
from tests.environment import ROOT

pytestmark = pytest.mark.e2e

PAGE = ROOT / MAP
PATH = re.compile(r"`([\w/]+(?:\.py|/))`")
MOST_STEPS = 15


@cache
def way() -> Way:
    """The code that runs for one order."""
    return way_of_one_order()


def test_every_file_that_an_order_runs_through_is_on_the_page() -> None:
    named = PATH.findall(PAGE.read_text())
    folders = tuple(path for path in named if path.endswith("/"))

    assert [name for name in way() if name not in named and not name.startswith(folders)] == []


def test_every_step_of_the_page_is_on_an_orders_way() -> None:
    steps = Layout(ROOT).steps
    assert [path for path in steps if path not in way()] == []
    assert 10 <= len(steps) <= MOST_STEPS


def test_every_path_on_the_page_exists() -> None:
    assert [path for path in PATH.findall(PAGE.read_text()) if not (ROOT / path).exists()] == []
