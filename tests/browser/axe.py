"""axe-core, run in a page: finds problems for people with a screen reader, a keyboard or weak sight."""

from playwright.sync_api import Page

from tests.environment import ROOT

SOURCE = ROOT / "frontend_demo" / "node_modules" / "axe-core" / "axe.min.js"


def violations(page: Page, *, within: str = "html") -> list[str]:
    """axe's findings in the page or a part of it, one line for each element."""
    page.evaluate(SOURCE.read_text())
    found = page.evaluate("async (within) => (await axe.run(within)).violations", within)
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
