"""axe-core, run in a page: finds problems for people with a screen reader, a keyboard or weak sight."""

from collections.abc import Sequence

from playwright.sync_api import Page

from tests.environment import ROOT

SOURCE = ROOT / "frontend_demo" / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
"""axe's names for the rules that the standard demands, WCAG 2.1 to level AA."""


def violations(page: Page, *, within: str = "html", only: Sequence[str] | None = None) -> list[str]:
    """axe's findings in the page or a part of it, one line for each element; ``only`` by rules with such a tag."""
    page.evaluate(SOURCE.read_text())
    options = {"runOnly": [*only]} if only else {}
    found = page.evaluate("async ([within, options]) => (await axe.run(within, options)).violations", [within, options])
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
