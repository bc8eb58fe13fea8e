"""Pages are given to Sphinx with links that work on the site, and each page is somewhere below the first one."""

import re
from pathlib import PurePosixPath

import pytest

from docs_site.markdown import LINK, Reading, contents, is_below
from docs_site.places import DOCS

PICTURE = "flowchart LR\n    A --> B\n"


@pytest.fixture
def reading() -> Reading:
    return Reading({PICTURE: "<svg></svg>"})


@pytest.mark.parametrize(
    ("page", "written", "read"),
    [
        ("signals", "[a](glossary.md#x)", "[a](glossary.md#x)"),
        ("signals", "[why](decisions/)", "[why](decisions/README.md)"),
        ("signals", "[a](../orders/states.py)", '<a href="files/orders/states.py.html">a</a>'),
        ("guide/13-compare", "[`a`](../../orders/states.py)", '<a href="../files/orders/states.py.html">`a`</a>'),
        ("signals", "![a](images/lab.png)", "![a](images/lab.png)"),
        ("signals", "[a](https://example.com/x)", "[a](https://example.com/x)"),
        ("signals", "```text\n[a](../nothing)\n```", "```text\n[a](../nothing)\n```"),
        (
            "signals",
            f"```mermaid\n{PICTURE}```",
            '```{raw} html\n<figure class="picture" tabindex="0"><svg></svg></figure>\n```',
        ),
        (
            "guide/01-x",
            "<!-- quote: orders/states.py is_allowed -->",
            '<a href="../files/orders/states.py.html">`orders/states.py is_allowed`</a>\n',
        ),
        ("guide/01-x", "<!-- printed: ./dev learn run 1 -->", "`./dev learn run 1`\n"),
    ],
)
def test_page_is_read_with_links_of_the_site(reading: Reading, page: str, written: str, read: str) -> None:
    assert reading.page(page, written) == read
    assert reading.broken == []


def test_link_to_nothing_is_reported(reading: Reading) -> None:
    assert reading.page("guide/01-x", "see [that](../../orders/nothing.py)") == "see that"
    assert reading.broken == ["docs/guide/01-x.md links to ../../orders/nothing.py, which is not there"]


def test_files_that_are_linked_get_pages(reading: Reading) -> None:
    reading.page("signals", "[a](../orders/states.py) [b](../learn)")
    assert reading.files == {PurePosixPath("orders/states.py"), PurePosixPath("learn")}


def test_lists_of_pages_are_the_navigation() -> None:
    first = contents(PurePosixPath(), "# D\n\n## Use\n\n- [a](errors.md)\n\n## Why\n\n- [b](decisions/README.md)\n")
    assert re.findall(r":caption: (\w+)\n\n(.+)\n", first) == [("Use", "errors"), ("Why", "decisions/README")]
    guide = contents(PurePosixPath("guide"), "[x](02-the-domain-first.md) [y](../signals.md)")
    pages = re.findall(r"^\d\d-[\w-]+$", guide, re.MULTILINE)
    assert pages[0] == "02-the-domain-first"
    assert sorted(pages) == sorted(path.stem for path in (DOCS / "guide").glob("[0-9]*.md"))


def test_first_page_names_every_page() -> None:
    named = {target for _, target, _ in LINK.findall((DOCS / "README.md").read_text()) if is_below(target)}
    pages = {path.name for path in DOCS.glob("*.md")} | {
        f"{path.parent.name}/README.md" for path in DOCS.glob("*/README.md")
    }
    assert named == pages - {"README.md"}
