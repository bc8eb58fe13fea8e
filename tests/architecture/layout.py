"""The shape of a checkout: its folders, its imports, circles of imports, and repeated file names."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

PACKAGES = ("config", "graphql_api", "graphql_server", "webhooks", "orders", "audit", "events", "tenants")
LIBRARY = "graphql_server"
NOT_SHIPPED = {"benchmarks", "docs_site", "tests"}
MOST_FILES = 16
"""The most files in a folder, ``__init__.py`` aside."""
CONVENTIONAL = {
    *("__init__", "__main__", "admin", "apps", "checks", "models", "services", "selectors", "tasks", "views", "urls"),
    *("conftest", "context", "errors", "limits", "middleware", "server", "settings", "signals", "validation"),
    *("metrics", "receivers", "retention"),
}
"""Names with the same meaning in every package, most of them Django's."""
MAP = "docs/architecture.md"
STEP = re.compile(r"^\| \d+ \| \[`([\w/]+\.py)`\]", re.MULTILINE)
NAMED_AFTER_USE = {"commands", "receivers", "templatetags"}
"""Folders of files that are named after a verb, the service that they call, or a library of templates."""


def modules_imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, of whatever package."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


class Layout:
    """A checkout's modules without tests and migrations. Imports for types alone count as imports."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def files(self) -> dict[str, Path]:
        """The modules, by dotted name."""
        return {self.name_of(path): path for package in PACKAGES for path in sorted(self.sources(self.root / package))}

    @staticmethod
    def sources(folder: Path) -> Iterator[Path]:
        """The source files below a folder."""
        return (path for path in folder.rglob("*.py") if not {"tests", "migrations"} & set(path.parts[-5:]))

    def name_of(self, path: Path) -> str:
        """The dotted name of a file; a package's is that of its folder."""
        parts = path.relative_to(self.root).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def imports(self) -> dict[str, set[str]]:
        """For each module, the modules of this project that it imports, wherever the import stands."""
        return {name: set(self.imported(name, path)) for name, path in self.files.items()}

    def imported(self, name: str, path: Path) -> Iterator[str]:
        """The project's modules that a file imports."""
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names if alias.name in self.files)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    whole = f"{node.module}.{alias.name}"
                    target = whole if whole in self.files else node.module
                    if target in self.files and target != name:
                        yield target

    @cached_property
    def on_tests(self) -> list[tuple[str, str]]:
        """The imports of what is not shipped: (importing module, imported module)."""
        return [
            (name, module)
            for name, path in self.files.items()
            for module in modules_imported(path)
            if module.partition(".")[0] in NOT_SHIPPED or ".tests" in module
        ]

    @cached_property
    def circles(self) -> list[list[str]]:
        """The groups of modules that import each other."""
        return circles(self.imports)

    @cached_property
    def folders(self) -> Counter[str]:
        """How many source files each folder holds, ``__init__.py`` aside."""
        return Counter(
            str(path.parent.relative_to(self.root)) for path in self.files.values() if path.name != "__init__.py"
        )

    @cached_property
    def recurring(self) -> dict[str, list[str]]:
        """The file names with different meanings in different folders."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path in self.files.values():
            if path.stem not in CONVENTIONAL and NAMED_AFTER_USE.isdisjoint(path.parts):
                found[path.stem].append(str(path.relative_to(self.root)))
        return {name: paths for name, paths in sorted(found.items()) if len(paths) > 1}

    @cached_property
    def steps(self) -> list[str]:
        """The numbered files of the map: those to read for the way of one order."""
        page = self.root / MAP
        return STEP.findall(page.read_text()) if page.exists() else []

    @cached_property
    def seam(self) -> list[tuple[str, str]]:
        """The imports between the library and the rest: (importing module, imported module)."""
        return [
            (name, other)
            for name, others in self.imports.items()
            for other in sorted(others)
            if in_library(name) != in_library(other)
        ]

    def lines(self, *packages: str) -> int:
        """How many lines the packages' modules have."""
        return sum(
            len(path.read_text().splitlines())
            for name, path in self.files.items()
            if name.partition(".")[0] in packages
        )


def circles(imports: Mapping[str, set[str]]) -> list[list[str]]:
    """The groups of modules that import each other, directly or through others; the largest first."""
    reached = {name: reach(name, imports) for name in imports}
    seen: set[str] = set()
    found = []
    for name in sorted(imports):
        circle = sorted(other for other in reached[name] if name in reached[other])
        if name in reached[name] and name not in seen:
            seen.update(circle)
            found.append(circle)
    return sorted(found, key=len, reverse=True)


def reach(start: str, imports: Mapping[str, set[str]]) -> set[str]:
    """The modules that a module imports, directly or through others."""
    found: set[str] = set()
    left = list(imports[start])
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left.extend(imports[name])
    return found


def in_library(name: str) -> bool:
    """Whether a module, or a file, belongs to the library."""
    return name.replace("/", ".").partition(".")[0] == LIBRARY
