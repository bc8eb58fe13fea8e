"""A case in each look, as pictures, and what is wrong with it: what axe finds, and what does not fit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

from tests.browser.axe import WCAG, violations
from tests.browser.site import Site
from tests.environment import ROOT

PAGES = ROOT / "test-output" / "pages"
FIT = (Path(__file__).parent / "fit.js").read_text()
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
SIZES = {360: 740, 768: 1024, 1440: 900, 3840: 2160}
"""The height of a window of each width."""
HIGHEST = 4_000
"""A picture of a longer page ends here."""
DRAWN = """async () => {
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
    do {
        document.body.getBoundingClientRect();
        await document.fonts.ready;
    } while (document.fonts.status !== "loaded");
}"""
"""Lay the page out, which asks for the fonts that are first needed in this width, and wait for them."""

Show = Callable[[Page, Site], None]


def nothing(page: Page, site: Site) -> None:
    """The case needs no more."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A page in a state."""

    page: str
    state: Literal["data", "empty", "offline", "error"]
    path: str
    show: Show = nothing
    """Brings the opened page into the state, and waits until it is shown."""
    before: Show = nothing
    """What is done before the page is opened."""
    person: tuple[str, str] | None = None
    """The name and password of who has signed in; None: the open demo."""
    window_only: bool = False
    """The picture ends with the window: the page shows more by scrolling, without an end."""
    is_of_others: bool = False
    """A library draws the page: axe looks for what WCAG demands, and not for more."""
    known: tuple[str, ...] = ()
    """Findings in a library's own elements, by their beginning."""

    @property
    def name(self) -> str:
        """In the names of its pictures and of its test."""
        return f"{self.page}-{self.state}"


def take(browser: Browser, site: Site, case: Case, folder: Path) -> list[str]:
    """Write the case's picture in each look; return what is wrong with it, one line for each look and finding."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for scheme in SCHEMES:
        with opened(browser, site, case, scheme) as page:
            for width in SIZES:
                look = f"{width}-{scheme}"
                found += [f"{look}: {one}" for one in findings(page, width, folder / f"{case.name}-{look}.png", case)]
    return found


@contextmanager
def opened(browser: Browser, site: Site, case: Case, scheme: Scheme) -> Iterator[Page]:
    """The case in a browser profile of its own."""
    context = browser.new_context(
        color_scheme=scheme,
        reduced_motion="reduce",
        viewport={"width": 1440, "height": 900},
        locale="en-US",
        timezone_id="UTC",
    )
    page = context.new_page()
    try:
        if case.person:
            sign_in(page, site, *case.person)
        case.before(page, site)
        page.goto(site.url + case.path)
        case.show(page, site)
        yield page
    finally:
        context.close()


def sign_in(page: Page, site: Site, name: str, password: str) -> None:
    """As a person does."""
    page.goto(f"{site.url}/login/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.url}/")


def findings(page: Page, width: int, path: Path, case: Case) -> list[str]:
    """Take the picture in this width; return what is wrong with the page."""
    window = {"width": width, "height": SIZES[width]}
    page.set_viewport_size(window)  # type: ignore[arg-type]  # two numbers
    page.evaluate(DRAWN)
    found: list[str] = page.evaluate(FIT)
    height = window["height"] if case.window_only else page.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "width": width, "height": min(max(height, window["height"]), HIGHEST)}
    page.screenshot(path=path, full_page=not case.window_only, clip=clip)  # type: ignore[arg-type]  # four numbers
    found += violations(page, only=WCAG if case.is_of_others else None)
    return [one for one in found if not one.startswith(case.known)]
