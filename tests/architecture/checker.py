"""Read every ``*/receivers/*.py`` and tell what breaks a rule of the handbook.

``python -m tests.architecture.checker`` prints the findings and fails if there are any.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain as joined
from pathlib import Path

from tests.architecture.names import calls, chain, imports, used_paths
from tests.architecture.rules import Finding, Rule

ROOT = Path(__file__).resolve().parents[2]
OUR_PACKAGES = {"tenants", "events", "audit", "orders", "graphql_api", "config"}
# Modules of ours that say what things are and do nothing.
PURE = ("events.receivers", "events.models", "orders.event_types", "orders.states", "orders.errors", "tenants.context")
OUTSIDE = ("django.core.mail", "django.core.cache", "requests", "httpx", "urllib", "smtplib", "socket", "subprocess")
TOO_EARLY = ("django.db.models.signals", "django.dispatch", "django.db.transaction")
RAW_SQL = ("django.db.connection", "django.db.connections")
WRITES = {"save", "delete", "bulk_update", "execute", "executemany", "raw"}
CREATES = {"create", "bulk_create", "get_or_create", "update_or_create"}
QUERIES = {"objects", "unguarded", "all_tenants", "filter", "exclude", "all", "get_queryset"}
CHANGING_VERBS = {"create", "pay", "ship", "deliver", "cancel", "move", "change", "set", "update", "delete", "insert"}
SENDS = {"delay", "apply_async", "send_task"}
LOOPS = (ast.For, ast.AsyncFor, ast.While)
BRANCHES = (ast.If, ast.IfExp, ast.Match, ast.Try, ast.TryStar)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def within(path: str, modules: Iterable[str]) -> bool:
    """Whether a dotted path is one of these modules or in one."""
    return any(path == module or path.startswith(f"{module}.") for module in modules)


@dataclass
class Receivers:
    """One module of receivers, and the findings in it."""

    path: Path
    source: str
    tested: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.source, str(self.path))
        self.imports = imports(self.tree)
        self.functions = [node for node in self.tree.body if isinstance(node, Function)]
        self.handlers = [function for function in self.functions if self.is_registered(function)]

    def findings(self) -> list[Finding]:
        """Everything that breaks a rule, by line."""
        found = joined(
            self.early_signals(),
            self.work_outside_handlers(),
            self.changes(),
            *(self.branching(function) for function in self.functions),
            *(self.delegation(handler) for handler in self.handlers),
            self.untested(),
        )
        return sorted(found, key=lambda finding: finding.line)

    def finding(self, node: ast.stmt | ast.expr, rule: Rule, what: str) -> Finding:
        return Finding(self.path, node.lineno, what, rule)

    def origin(self, call: ast.Call) -> str:
        """The dotted path that a call's name stands for; locals stand for themselves."""
        root, *rest = chain(call.func) or [""]
        return ".".join([self.imports.get(root, root), *rest])

    def is_registered(self, function: Function) -> bool:
        registrations = [decorator for decorator in function.decorator_list if isinstance(decorator, ast.Call)]
        return any(self.origin(one) == "events.receivers.receives" for one in registrations)

    def is_work(self, call: ast.Call) -> bool:
        """Whether a call hands over to a service or a task of ours."""
        path = self.origin(call)
        if path.rpartition(".")[2] in SENDS:
            return True
        return path.partition(".")[0] in OUR_PACKAGES and not within(path, PURE) and ".models." not in path

    def work(self, tree: ast.AST) -> list[ast.Call]:
        return [call for call in calls(tree) if self.is_work(call)]

    def early_signals(self) -> Iterator[Finding]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                for path in imports(node).values():
                    if within(path, TOO_EARLY):
                        yield self.finding(node, Rule.BEFORE_COMMIT, f"uses {path}")

    def work_outside_handlers(self) -> Iterator[Finding]:
        inside = {id(call) for handler in self.handlers for call in self.work(handler)}
        for call in self.work(self.tree):
            if id(call) not in inside:
                what = f"calls {ast.unparse(call.func)} outside a receiver that @receives registers"
                yield self.finding(call, Rule.BEFORE_COMMIT, what)

    def changes(self) -> Iterator[Finding]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and (rule := self.change_by(node)):
                yield self.finding(node, rule, f"calls {ast.unparse(node.func)}")
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                yield self.finding(node, Rule.WRITES_ORDERS, f"sets {ast.unparse(node)}")

    def change_by(self, call: ast.Call) -> Rule | None:
        """The rule that a call breaks because of what it changes."""
        path = self.origin(call)
        names = path.split(".")
        method = (
            names[-1].removeprefix("a") if names[-1].removeprefix("a") in WRITES | CREATES | {"update"} else names[-1]
        )
        if path == "setattr" or within(path, RAW_SQL) or (method in WRITES and len(names) > 1):
            return Rule.WRITES_ORDERS
        if method == "update" and set(names) & QUERIES:
            return Rule.WRITES_ORDERS
        if within(path, ["orders.services"]) and method.partition("_")[0] in CHANGING_VERBS:
            return Rule.WRITES_ORDERS
        if (method in CREATES and len(names) > 1) or (".models." in path and names[-1][:1].isupper()):
            return Rule.WRITES_ORDERS if within(path, ["orders.models"]) else Rule.CREATES_OBJECTS
        return None

    def branching(self, function: Function) -> Iterator[Finding]:
        branches = [node for node in ast.walk(function) if isinstance(node, BRANCHES)]
        blocks = [node for node in ast.walk(function) if isinstance(node, (*BRANCHES, *LOOPS))]
        nested = [inner for outer in blocks for inner in ast.walk(outer) if inner is not outer and inner in blocks]
        if len(branches) > 1 or nested:
            what = f"{function.name} branches {len(branches)} times" + (", one inside another" if nested else "")
            yield self.finding(function, Rule.BRANCHES, what)

    def delegation(self, handler: Function) -> Iterator[Finding]:
        body = ast.Module(handler.body, [])
        for call in calls(body):
            if self.origin(call) in {"print", "open"} or within(self.origin(call), OUTSIDE):
                yield self.finding(
                    call, Rule.DELEGATES, f"{handler.name} does the work itself: {ast.unparse(call.func)}"
                )
        work = self.work(body)
        if len(work) != 1:
            named = ", ".join(ast.unparse(call.func) for call in work) or "none"
            yield self.finding(handler, Rule.DELEGATES, f"{handler.name} calls {len(work)} services or tasks ({named})")

    def untested(self) -> Iterator[Finding]:
        for handler in self.handlers:
            path = f"receivers.{self.path.stem}.{handler.name}"
            if not any(tested.endswith(path) for tested in self.tested):
                yield self.finding(handler, Rule.UNTESTED, f"no test imports {handler.name} from here")


def not_imported(module: Path, root: Path) -> Iterator[Finding]:
    """A module of receivers that its app's ``signals.py`` leaves out."""
    signals = module.parent.parent / "signals.py"
    imported = used_paths(ast.parse(signals.read_text())) if signals.exists() else set()
    if not any(path.endswith(f"receivers.{module.stem}") for path in imported):
        what = f"{signals.relative_to(root)} does not import {module.stem}"
        yield Finding(module.relative_to(root), 1, what, Rule.NOT_IMPORTED)


def check(root: Path = ROOT) -> list[Finding]:
    """Every finding in the receivers of the project at ``root``."""
    tests = [*root.glob("*/tests/**/test_*.py"), *root.glob("tests/**/test_*.py")]
    tested = {path for test in tests for path in used_paths(ast.parse(test.read_text()))}
    modules = sorted(path for path in root.glob("*/receivers/*.py") if path.name != "__init__.py")
    readings = (Receivers(path.relative_to(root), path.read_text(), tested).findings() for path in modules)
    return [*joined.from_iterable(readings), *joined.from_iterable(not_imported(path, root) for path in modules)]


if __name__ == "__main__":
    findings = check()
    print(*findings, sep="\n\n" if findings else "")
    sys.exit(1 if findings else 0)
