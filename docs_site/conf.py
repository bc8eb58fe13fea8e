"""Sphinx's settings: what it reads and how it looks. It calls ``setup`` once."""

from collections.abc import Iterator
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

from docs_site.markdown import FILES, Reading
from docs_site.pictures import drawn
from docs_site.places import DOCS, ROOT

project = "Order System"
html_title = "Order System"
author = copyright = ""
extensions = ["myst_parser"]
root_doc = "README"
exclude_patterns = ["examples"]
myst_heading_anchors = 4
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
MOST_LINES = 2000
"""What is shown of a file."""
LEXERS = {
    ".py": "python",
    ".ts": "typescript",
    ".tsx": "tsx",
    ".mjs": "javascript",
    ".md": "markdown",
    ".sh": "bash",
    ".yaml": "yaml",
    ".toml": "toml",
    ".graphql": "graphql",
    ".conf": "nginx",
    ".json": "json",
}


def setup(app: Sphinx) -> None:
    """Let Sphinx read pages as ``docs_site.markdown`` gives them, and add a page for each file that they link to."""
    reading = Reading(drawn(path.read_text() for path in sorted(DOCS.rglob("*.md"))))

    def read(_: Sphinx, name: str, text: list[str]) -> None:
        text[0] = reading.page(name, text[0])

    def files(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
        for broken in reading.broken:
            logging.getLogger(__name__).warning(broken)
        for path in sorted(reading.files):
            yield f"{FILES}/{path}", {"title": str(path), "body": shown(app, path)}, "page.html"

    app.connect("source-read", read)
    app.connect("html-collect-pages", files)


def shown(app: Any, path: PurePosixPath) -> str:
    """A file of the repository as HTML, or the names of what is in a folder."""
    heading = f"<h1><code>{escape(str(path))}</code></h1>"
    place = ROOT / path
    if place.is_dir():
        return f"{heading}<ul>{''.join(f'<li><code>{escape(name)}</code></li>' for name in names(place))}</ul>"
    text = "".join(place.read_text().splitlines(keepends=True)[:MOST_LINES])
    return heading + str(app.builder.highlighter.highlight_block(text, LEXERS.get(path.suffix, "text"), force=True))


def names(folder: Path) -> list[str]:
    """What is in a folder, without what is made by programs."""
    made = {"__pycache__", "node_modules", ".next", "dist"}
    return sorted(f"{path.name}/" if path.is_dir() else path.name for path in folder.iterdir() if path.name not in made)
