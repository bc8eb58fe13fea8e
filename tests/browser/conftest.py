"""A real server, a real browser, and a page that reports its errors."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.profiles import Profiles
from tests.browser.program import NO_BROWSER, chromium
from tests.browser.site import EmbeddedSite, Proxy, RefusingSite, SeparateSite, Site, launch
from tests.e2e.stack import environment_of
from tests.environment import ROOT, report_key
from tests.servers.products import PostgresServer, RedisServer

IN_EVERY_PAGE = """
addEventListener("securitypolicyviolation", (event) =>
    console.error(`The policy forbids ${event.blockedURI} by ${event.violatedDirective}`));
"""
Open = Callable[..., Page]

expect.set_options(timeout=30_000)


EMBEDDED, REFUSING, SEPARATE, WEB = "embedded", "refusing", "separate processes", "web process"
SITES = {EMBEDDED: "embedded_site", REFUSING: "refusing_site", SEPARATE: "separate_site", WEB: "web_site"}
everywhere = pytest.mark.parametrize(
    "site", [EMBEDDED, pytest.param(SEPARATE, marks=pytest.mark.long)], indirect=True, scope="module"
)
"""The test runs against ``./dev up``, and in the long form also against separate processes on PostgreSQL and Redis."""
WIDTHS = {"desktop": 1440, "phone": 360, "wide": 3840}
SHORT_LOOKS = {("light", "desktop"), ("dark", "phone")}


def looks(*devices: str) -> pytest.MarkDecorator:
    """The test runs in both colour schemes on each device; in the short form, each scheme on one device."""
    every = [(scheme, device) for scheme in ("light", "dark") for device in devices]
    return pytest.mark.parametrize(
        ("scheme", "device", "width"),
        [
            pytest.param(*one, WIDTHS[one[1]], marks=[] if one in SHORT_LOOKS else pytest.mark.long, id="-".join(one))
            for one in every
        ],
    )


where_people_sign_in = pytest.mark.parametrize("site", [WEB], indirect=True, scope="module")
"""The test runs only against a web process of production; nothing follows from orders there."""

where_others_are_refused = pytest.mark.parametrize("site", [REFUSING], indirect=True, scope="module")
"""The test runs only against a server that refuses documents which are not published."""


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest) -> Site:
    """A running system that has done its work: the embedded default, unless the test is for another."""
    site: Site = request.getfixturevalue(SITES[getattr(request, "param", EMBEDDED)])
    site.settle()
    return site


@pytest.fixture(scope="session")
def embedded_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedSite]:
    """``./dev up``, started once for all tests."""
    site = EmbeddedSite(tmp_path_factory.mktemp("site"))
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="session")
def refusing_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RefusingSite]:
    """``./dev up`` for published documents only."""
    site = RefusingSite(tmp_path_factory.mktemp("refusing-site"), GRAPHQL_DOCUMENTS="refuse")
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="session")
def separate_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeparateSite]:
    """Separate processes, one set for all tests; their database and queue are used by no other test meanwhile."""
    with separate(request, tmp_path_factory.mktemp("separate-site"), ["worker", "dispatcher"]) as site:
        site.place_orders(5)
        yield site


@pytest.fixture(scope="session")
def web_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeparateSite]:
    """A web process alone."""
    with separate(request, tmp_path_factory.mktemp("web-site"), []) as site:
        yield site


@contextmanager
def separate(request: pytest.FixtureRequest, directory: Path, others: Sequence[str]) -> Iterator[SeparateSite]:
    """A web process and these others on PostgreSQL and Redis, as long as the block lasts."""
    with PostgresServer() as postgres, RedisServer() as redis:
        for server in (postgres, redis):
            request.config.stash[report_key].used(server.describe())
        site = SeparateSite(directory, environment_of(postgres.logins, redis.environment), others)
        site.start()
        yield site
        site.stop()


@pytest.fixture
def proxy(tmp_path: Path, site: Site) -> Iterator[Proxy]:
    """A proxy of the site, which the test may stop."""
    proxy = Proxy(tmp_path, site)
    proxy.start()
    yield proxy
    if proxy.running:
        proxy.kill()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Headless Chromium; closed after the last test here, because the ORM refuses to work while it is open."""
    executable = chromium()
    if executable is None:
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        yield launch(playwright, executable, "process-per-site")


ENDING = "Failed to load resource: the server responded with a status of 503"
"""A server that ends refuses new requests so, such as the page's questions for the server's time."""


class Problems(list[str]):
    """The errors in any page of the test; a test that causes an error on purpose clears it."""

    network_is_cut = False
    """The test cuts the network or ends the server: the browser's messages about that are no problem at any time."""

    def left(self) -> list[str]:
        """The errors that the test did not cause on purpose."""
        lost = (
            ("WebSocket connection", "Failed to load resource: net::", "Failed to fetch", ENDING)
            if self.network_is_cut
            else ()
        )
        return [problem for problem in self if not problem.startswith(lost)]


@pytest.fixture
def problems() -> Problems:
    """The errors in any page of the test."""
    return Problems()


@pytest.fixture(scope="package")
def profiles(browser: Browser) -> Profiles:
    """The browser's profiles, which serve test after test."""
    return Profiles(browser)


@pytest.fixture
def open_page(profiles: Profiles, site: Site, problems: Problems) -> Iterator[Open]:
    """Opens a path of the site in a profile without data; no error may occur in the page until the test ends."""

    def open_page(
        path: str,
        *,
        scheme: str = "light",
        width: int = 1440,
        height: int = 900,
        url: str = site.url,
        locale: str = "en-US",
        time_zone: str = "UTC",
        has_cache: bool = True,
    ) -> Page:
        page = profiles.lend(site, locale, time_zone, has_cache=has_cache).new_page()
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a literal
        page.set_viewport_size({"width": width, "height": height})
        page.add_init_script(IN_EVERY_PAGE)
        page.on("console", lambda message: problems.extend([message.text] if message.type == "error" else []))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: note_outside(request.url, url, problems))
        site.sign_in(page, url)
        page.goto(url + path)
        return page

    yield open_page
    profiles.take_back()
    assert problems.left() == []


def note_outside(url: str, site: str, problems: list[str]) -> None:
    """A page loads from its own server and nowhere else."""
    address = urlsplit(url)
    if address.scheme not in {"data", "blob"} and address.netloc != urlsplit(site).netloc:
        problems.append(f"asked another host: {url}")


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots are kept."""
    folder = ROOT / "test-output" / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def live(page: Page) -> Page:
    """The page, once it is connected."""
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    return page


def audit(page: Page) -> list[str]:
    """axe's findings in the present state of the page."""
    page.evaluate((ROOT / "frontend_demo" / "node_modules" / "axe-core" / "axe.min.js").read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
