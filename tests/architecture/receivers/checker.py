"""Checks the handbook's rules for receivers: those registered at run time, and the modules where receivers belong.

``python -m tests.architecture.receivers`` prints the findings and fails if there are any.
"""

import ast
import importlib
from collections.abc import Iterator
from itertools import chain as joined
from pathlib import Path

from tests.architecture.receivers.names import imports, used_paths
from tests.architecture.receivers.reading import Reading
from tests.architecture.receivers.registered import EARLY, OUR_PACKAGES, Registered, all_registered, tree_of
from tests.architecture.receivers.rules import Finding, Rule

ROOT = Path(__file__).resolve().parents[3]
SERVER = ("config.urls", "config.celery", "orders.tasks")
"""The modules that a server imports, so that all receivers are registered."""
REGISTRY = "events"
"""The package whose ``receivers.py`` is the registry itself."""
EARLY_PATHS = {f"django.db.models.signals.{signal}" for signal in EARLY}


def places(root: Path) -> list[Path]:
    """The modules for receivers, at any depth of their folder."""
    found = [*root.glob("*/receivers.py"), *root.glob("*/receivers/**/*.py")]
    ours = (path for path in found if path.relative_to(root).parts[0] in OUR_PACKAGES - {REGISTRY})
    return sorted(path for path in ours if path.name != "__init__.py")


def module_of(path: Path, root: Path) -> str:
    """The dotted name of a module's file."""
    return ".".join(path.relative_to(root).with_suffix("").parts)


def not_imported(path: Path, root: Path) -> Iterator[Finding]:
    """A module of receivers that its app's ``signals.py`` leaves out."""
    app = root / path.relative_to(root).parts[0]
    signals = app / "signals.py"
    imported = used_paths(ast.parse(signals.read_text())) if signals.exists() else set()
    module = module_of(path, root).partition(".")[2]
    if not any(one == module or one.endswith(f".{module}") for one in imported):
        what = f"{signals.relative_to(root)} does not import {module}"
        yield Finding(path.relative_to(root), 1, what, Rule.NOT_IMPORTED)


def too_early(root: Path) -> Iterator[Finding]:
    """A module of our packages that uses a signal of Django's models, whether it is imported or not."""
    for package in sorted(OUR_PACKAGES):
        for path in sorted((root / package).rglob("*.py")):
            if "tests" not in path.relative_to(root).parts:
                yield from uses(path, root)


def uses(path: Path, root: Path) -> Iterator[Finding]:
    """The signals of Django's models that a module uses; one that names none of them is not parsed."""
    if not any(signal in path.read_text() for signal in EARLY):
        return
    tree = tree_of(str(path))
    if used := sorted(used_paths(tree) & EARLY_PATHS):
        names = {used_path.rpartition(".")[2] for used_path in used}
        nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))
        lines = [node.lineno for node in nodes if {*imports(node).values()} & EARLY_PATHS] or [1]
        yield Finding(path.relative_to(root), lines[0], f"uses {', '.join(sorted(names))}", Rule.BEFORE_COMMIT)


def at_import(path: Path, readings: list[Reading], root: Path) -> Iterator[Finding]:
    """Work that a module of receivers does while it is imported, or in a function that is not a receiver."""
    parts = {part.function: part for reading in readings for part in reading.parts.values()}
    mine = {part.node.name for part in parts.values() if hasattr(part.node, "name") and is_in(part.function, path)}
    tree = tree_of(str(path))
    names = imports(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in mine:
            continue
        for call in (one for one in ast.walk(node) if isinstance(one, ast.Call)):
            if is_work(call, names):
                what = f"calls {ast.unparse(call.func)} outside a registered receiver"
                yield Finding(path.relative_to(root), call.lineno, what, Rule.BEFORE_COMMIT)


def is_in(function: object, path: Path) -> bool:
    """Whether a function is written in this file."""
    return Path(getattr(function, "__code__").co_filename) == path  # noqa: B009  # typed as any object


def is_work(call: ast.Call, names: dict[str, str]) -> bool:
    """Whether a call, by its name, calls a service or a task."""
    root, _, rest = ast.unparse(call.func).partition(".")
    path = f"{names.get(root, root)}.{rest}"
    return ".services." in path or ".tasks." in path


def texts_of_tests(root: Path, registered: list[Registered]) -> Iterator[str]:
    """The test files in which the name of one of these functions stands."""
    names = {one.function.__name__ for one in registered}
    for path in (*root.glob("*/tests/**/test_*.py"), *root.glob("tests/**/test_*.py")):
        text = path.read_text()
        if any(name in text for name in names):
            yield text


def check(root: Path = ROOT, registered: list[Registered] | None = None) -> list[Finding]:
    """Every finding in the registered receivers, and in the modules of the project at ``root``."""
    read = all_registered() if registered is None else registered
    tested = set(joined.from_iterable(used_paths(ast.parse(text)) for text in texts_of_tests(root, read)))
    readings = [Reading(one, root, tested) for one in read]
    return [
        *joined.from_iterable(reading.findings() for reading in readings),
        *joined.from_iterable(not_imported(path, root) for path in places(root)),
        *joined.from_iterable(at_import(path, readings, root) for path in places(root)),
        *too_early(root),
    ]


def load() -> None:
    """Import the modules that a server imports."""
    for module in SERVER:
        importlib.import_module(module)
