"""The docs' React apps, with urql and with Apollo, on a Vite server at another port: offline, they lose no order."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Problems
from tests.browser.site import Site
from tests.e2e.cut_off import Network
from tests.e2e.packed import FRONT, MODULES, ViteApp, install_client
from tests.servers.processes import wait_until

pytestmark = pytest.mark.browser
PATIENCE_SECONDS = 60
INDEX = """<!doctype html><html lang="en"><title>Orders</title><link rel="icon" href="data:,">
<div id="root"></div><script type="module" src="/{name}.tsx"></script>
"""


def app(folder: Path, name: str) -> Path:
    """The folder of an app that consists of one of the examples, and its packages."""
    modules = folder / "node_modules"
    install_client(modules)
    for path in MODULES.iterdir():
        if not path.name.startswith(".") and path.name != "orders-client":
            (modules / path.name).symlink_to(path)
    shutil.copy(FRONT / "examples" / f"{name}.tsx", folder)
    (folder / "index.html").write_text(INDEX.format(name=name))
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "tsconfig.json").write_text('{"compilerOptions": {"jsx": "react-jsx"}}')
    return folder


def shown(page: Page) -> list[str]:
    """The numbers of the orders on the page, from the top."""
    return page.locator("li").all_inner_texts()


@pytest.mark.parametrize("name", ["live-urql", "live-apollo"])
def test_orders_of_the_time_offline_are_shown_once_and_in_order(
    open_page: Open, site: Site, problems: Problems, tmp_path: Path, name: str
) -> None:
    problems.network_is_cut = True
    with Network(to=int(site.url.rpartition(":")[2])) as network:
        vite = ViteApp(app(tmp_path, name), f"http://127.0.0.1:{network.port}")
        vite.start()
        try:
            page = open_page("/", url=vite.url)
            expect(page.locator("li")).not_to_have_count(0, timeout=1000 * PATIENCE_SECONDS)
            before = site.place_order("Online")
            expect(page.locator("li").first).to_have_text(before, timeout=1000 * PATIENCE_SECONDS)
            network.cut()
            missed = [site.place_order("Offline") for _ in range(3)]
            network.restore()
            expected = [*reversed(missed), before]
            wait_until(lambda: missed[-1] in shown(page), timeout_seconds=PATIENCE_SECONDS, what="the missed orders")
            assert [number for number in shown(page) if number in expected] == expected
        finally:
            vite.stop()
