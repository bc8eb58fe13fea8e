"""What Sphinx reads instead of a page: the pages are written to be read as they are, by any reader of Markdown.

So they have no directives. Their lists say which page belongs below which, and a link into the code is a relative path.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from docs_site.pictures import with_pictures
from docs_site.places import DOCS, ROOT

FIGURE = '```{raw} html\n<figure class="picture" tabindex="0">{}</figure>\n```'
MARK = re.compile(r"^<!-- (quote|printed): (\S+)( [^\n]+?)? -->$", re.M)
FENCE = re.compile(r"^(```.*?^```)$", re.M | re.S)
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s#]+)(#[^)\s]*)?\)")
SECTION = re.compile(r"^## (.+)$", re.M)
FILES = "files"
"""The folder of the site with a page for each file of the repository that a page links to."""


@dataclass
class Reading:
    """What the pages need, and what was found in them."""

    svgs: dict[str, str]
    files: set[PurePosixPath] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)

    def page(self, name: str, text: str) -> str:
        """The page ``name``, such as ``guide/README``, as Sphinx is to read it."""
        folder = PurePosixPath(name).parent
        marked = MARK.sub(lambda found: shown_source(found, folder), text)
        drawn = with_pictures(marked, self.svgs, FIGURE)
        parts = FENCE.split(drawn)
        parts[::2] = [LINK.sub(lambda found: self.link(found, name), part) for part in parts[::2]]
        return "".join(parts) + (contents(folder, text) if PurePosixPath(name).name == "README" else "")

    def link(self, found: re.Match[str], name: str) -> str:
        """A link of a page: one to a folder of pages leads to its list, one to another file to a page that shows it."""
        text, target, anchor = found[1], found[2], found[3] or ""
        if re.match(r"[a-z]+:", target):
            return found[0]
        folder = PurePosixPath(name).parent
        path = PurePosixPath(os.path.normpath(PurePosixPath("docs") / folder / target))
        if not (ROOT / path).exists():
            self.broken.append(f"docs/{name}.md links to {target}, which is not there")
            return text
        if (ROOT / path / "README.md").exists() and path.is_relative_to("docs"):
            return f"[{text}]({target.rstrip('/')}/README.md{anchor})"
        if path.is_relative_to("docs") and path.suffix == ".md":
            return found[0]
        self.files.add(path)
        return f'<a href="{up(folder)}{FILES}/{path}.html">{text}</a>'


def up(folder: PurePosixPath) -> str:
    """The way from a folder of the site to its top."""
    return "../" * len(folder.parts)


def shown_source(found: re.Match[str], folder: PurePosixPath) -> str:
    """The line above a quoted block that names its file, or the command that printed it."""
    kind, first, rest = found[1], found[2], found[3] or ""
    shown = f"`{first}{rest}`"
    return f"[{shown}]({up(PurePosixPath('docs') / folder)}{first})\n" if kind == "quote" else f"{shown}\n"


def contents(folder: PurePosixPath, text: str) -> str:
    """What stands below a list page in the site's navigation: the pages that it links to, section by section.

    Pages of its folder that it does not name follow, by name, unless it is the first page: that one has to name all.
    """
    below, named = [], set()
    for caption, part in captioned(text):
        pages = [target.removesuffix(".md") for _, target, _ in LINK.findall(part) if is_below(target)]
        fresh = [page for page in dict.fromkeys(pages) if page not in named]
        named |= {*fresh}
        if fresh:
            below.append(toctree(fresh, caption if folder == PurePosixPath() else ""))
    if folder != PurePosixPath():
        others = sorted(path.stem for path in (DOCS / folder).glob("*.md"))
        below.append(toctree([page for page in others if page not in named and page != "README"], ""))
    return "\n\n" + "\n".join(below)


def captioned(text: str) -> list[tuple[str, str]]:
    """The sections of a page with their headings; the first has none."""
    first, *rest = SECTION.split(text)
    return [("", first), *zip(rest[::2], rest[1::2], strict=True)]


def is_below(target: str) -> bool:
    """Whether a link leads to a page of the same folder, or to the list of a folder in it."""
    path = PurePosixPath(target)
    return path.suffix == ".md" and ".." not in path.parts and (len(path.parts) == 1 or path.name == "README.md")


def toctree(pages: list[str], caption: str) -> str:
    """Sphinx's list of pages below a page, shown in the navigation alone."""
    head = [":hidden:", *([f":caption: {caption}"] if caption else [])]
    return "\n".join(["```{toctree}", *head, "", *pages, "```", ""]) if pages else ""
