"""Every page of the system in every state, colour scheme and width: it fits, nothing is cut, and axe finds nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.pictures.cases import CASES, prepare
from tests.browser.pictures.index import write_index
from tests.browser.pictures.take import PAGES, Case, take
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def gallery(site: Site) -> Iterator[Path]:
    """Where the pictures are kept, with a page that shows them side by side."""
    prepare(site)
    yield PAGES
    write_index(PAGES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_page_fits_in_every_look_and_axe_finds_nothing(browser: Browser, site: Site, gallery: Path, case: Case) -> None:
    assert take(browser, site, case, gallery) == []
