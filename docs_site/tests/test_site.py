"""``./dev docs`` makes the whole site: no warning, and nothing from elsewhere."""

import re
from pathlib import Path

import pytest

from docs_site.__main__ import ACCESSIBLE, build
from docs_site.places import SLIDES, chapters

LOADED = re.compile(r'<(?:link[^>]* href|script[^>]* src|img[^>]* src)="((?:https?:)?//[^"]+)"')


@pytest.mark.long
def test_site_is_made_strictly_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    assert build(tmp_path / "docs") == 0

    pages = {path: path.read_text() for path in (tmp_path / "docs").rglob("*.html")}
    assert [path for path, text in pages.items() if LOADED.search(text)] == []
    for found, better in ACCESSIBLE.items():  # Otherwise the theme has changed, and axe has to look again.
        assert [path for path, text in pages.items() if found in text] == []
        assert any(better in text for text in pages.values()), better
    index = pages[tmp_path / "docs" / "index.html"]
    assert re.findall(r'<p class="caption"[^>]*><span class="caption-text">(\w+)</span>', index) == [
        *("Learn", "Use", "Operate", "Understand")
    ]
    for chapter in chapters():
        assert "<svg" in pages[tmp_path / "docs" / "guide" / f"{chapter.stem}.html"]
        assert tmp_path / "docs" / SLIDES / f"{chapter.stem}.html" in pages
