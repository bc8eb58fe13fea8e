"""``python -m tests.architecture.measure [CHECKOUT …]``: the size and shape of checkouts side by side, as a table.

Each column is a checkout of this project; without arguments, only this one. Each is started on loopback with its own
database, to follow one order through it.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.architecture.front_end import FrontEnd
from tests.architecture.layout import MOST_FILES, Layout, in_library
from tests.architecture.way import Way, way_of_one_order
from tests.environment import ROOT

Column = dict[str, str]


def way_rows(root: Path, way: Way) -> Column:
    """The code that ran for one order, inside the library and outside."""
    rows = {}
    for where, holds in (("in the library", True), ("outside", False)):
        files = [name for name in way if in_library(name) is holds]
        rows[f"Way of one order, {where}: files"] = f"{len(files)}"
        rows[f"Way of one order, {where}: lines of these files"] = f"{sum(map(lines_of(root), files)):,}"
        rows[f"Way of one order, {where}: functions that ran"] = f"{sum(len(way[name]) for name in files)}"
    return rows


def lines_of(root: Path) -> Callable[[str], int]:
    """Counts the lines of a file of this checkout."""
    return lambda name: len((root / name).read_text().splitlines())


def layout_rows(layout: Layout) -> Column:
    """The layout in numbers."""
    inward = [pair for pair in layout.seam if in_library(pair[1])]
    outward = [pair for pair in layout.seam if in_library(pair[0])]
    return {
        "Way of one order, to read (docs/architecture.md): files": f"{len(layout.steps)}",
        "Way of one order, to read: lines": f"{sum(map(lines_of(layout.root), layout.steps)):,}",
        "Source files": f"{len(layout.files)}",
        f"Folders with more than {MOST_FILES} files": crowded(layout.folders),
        "Most files in a folder": f"{max(layout.folders.values())}",
        "Imports of the library from outside": f"{len(inward)} from {len({name for name, _ in inward})} files",
        "Imports by the library of the rest": f"{len(outward)} from {len({name for name, _ in outward})} files",
        "Circles of imports (modules in each)": sizes(layout.circles),
        "Lines of graphql_api": f"{layout.lines('graphql_api'):,}",
        "Lines of graphql_server": f"{layout.lines('graphql_server'):,}",
        "Lines of all packages": f"{sum(len(path.read_text().splitlines()) for path in layout.files.values()):,}",
        "File names used more than once": ", ".join(layout.recurring) or "none",
    }


def crowded(folders: Mapping[str, int]) -> str:
    """The folders with more files than a folder should have."""
    return ", ".join(f"{n} ({k})" for n, k in sorted(folders.items()) if k > MOST_FILES) or "none"


def sizes(circles: Sequence[Sequence[str]]) -> str:
    """How many modules each circle has."""
    return ", ".join(str(len(one)) for one in circles) or "none"


def front_end_rows(front_end: FrontEnd) -> Column:
    """The layout of the front end in numbers."""
    return {
        "Front end: source files": f"{len(front_end.sources)}",
        f"Front end: folders with more than {MOST_FILES} files": crowded(front_end.folders),
        "Front end: most files in a folder": f"{max(front_end.folders.values(), default=0)}",
        "Front end: circles of imports (modules in each)": sizes(front_end.circles),
        "Front end: folders and the one around them that import each other": ", ".join(front_end.drawers) or "none",
    }


def column(root: Path) -> Column:
    """All numbers of a checkout."""
    return way_rows(root, way_of_one_order(root)) | layout_rows(Layout(root)) | front_end_rows(FrontEnd(root))


def table(columns: dict[str, Column]) -> str:
    """The checkouts side by side, in Markdown."""
    rows = [["", *columns], ["---"] * (len(columns) + 1)]
    rows += [[name, *(one[name] for one in columns.values())] for name in next(iter(columns.values()))]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main(arguments: Sequence[str]) -> None:
    """Measure the checkouts and print the table."""
    roots = [Path(one).resolve() for one in arguments] or [ROOT]
    print(table({root.name: column(root) for root in roots}))


if __name__ == "__main__":
    main(sys.argv[1:])
