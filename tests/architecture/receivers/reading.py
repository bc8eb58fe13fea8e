"""Reads one receiver and the functions that it calls, and finds violations of the handbook's rules."""

import ast
import operator
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType
from typing import Any

from celery import Task
from django.db.models import Model

from events.receivers import Kind
from tests.architecture.receivers.meaning import UNKNOWN, Scope
from tests.architecture.receivers.names import calls
from tests.architecture.receivers.registered import Function, Registered, is_ours, node_of
from tests.architecture.receivers.rules import Finding, Rule

# Modules of ours with definitions only.
PURE = (
    *("events.receivers", "events.signals", "events.models", "orders.event_types", "orders.states", "orders.errors"),
    "tenants.context",
)
OUTSIDE = ("django.core.mail", "django.core.cache", "requests", "httpx", "urllib", "smtplib", "socket", "subprocess")
OUTSIDE_NAMES = {"print", "open", "io.open"}
WAITS = {"time.sleep", "asyncio.tasks.sleep"}
THREADS = ("threading", "_thread", "concurrent.futures", "multiprocessing", "asyncio", "asgiref.sync")
EARLY = ("django.db.transaction.on_commit", "django.dispatch.dispatcher.Signal", "events.signals.EventSignal")
COMPUTED = {"eval", "exec", "__import__", "importlib.import_module", "django.utils.module_loading.import_string"}
WRITES = {"save", "delete", "bulk_update", "execute", "executemany", "raw", "save_base", "__setattr__"}
CREATES = {"create", "bulk_create", "get_or_create", "update_or_create"}
ORDERS = ("orders.models", "orders.tables")
QUERIES = {"objects", "unguarded", "all_tenants", "filter", "exclude", "all", "get_queryset", "_base_manager"}
FIELDS_BY_NAME = {"__dict__", "vars"}
CHANGING_VERBS = {"create", "pay", "ship", "deliver", "cancel", "move", "change", "set", "update", "delete", "insert"}
SENDS = {"delay", "apply_async", "send_task"}
LOOPS = (ast.For, ast.AsyncFor, ast.While)
BRANCHES = (ast.If, ast.IfExp, ast.Match, ast.Try, ast.TryStar)


def within(path: str, modules: tuple[str, ...]) -> bool:
    """Whether a dotted path is one of these modules or inside one of them."""
    return any(path == module or path.startswith(f"{module}.") for module in modules)


def path_of(thing: Any) -> str:
    """The dotted path of a function or class; empty if it is unknown."""
    if thing is UNKNOWN or isinstance(thing, Task):
        return ""
    thing = getattr(thing, "__func__", thing)
    name = getattr(thing, "__qualname__", type(thing).__qualname__)
    module = getattr(thing, "__module__", None) or ""
    return name if module == "builtins" else f"{module}.{name}"


def is_delegate(thing: Any) -> bool:
    """Whether it is a service, a task, or part of the events package: their work is not the receiver's."""
    module = str(getattr(thing, "__module__", ""))
    return isinstance(thing, Task) or "services" in module.split(".") or within(module, ("events",))


@dataclass
class Part:
    """A function that the receiver runs: the receiver, or a function that it calls.

    ``depth`` counts modules away from it.
    """

    function: FunctionType
    node: Function
    depth: int

    def __post_init__(self) -> None:
        self.scope = Scope(self.function, self.node)
        body = self.node.body
        self.body = ast.Module(body if isinstance(body, list) else [ast.Expr(body)], [])
        self.calls = [call for call in calls(self.body) if call.func is not None]

    @property
    def module(self) -> str:
        return self.function.__module__

    def called(self) -> Iterator[FunctionType]:
        """The functions of ours that it calls, or passes on to be called."""
        for call in self.calls:
            for expression in (call.func, *call.args, *(one.value for one in call.keywords)):
                value = self.scope.value(expression)
                value = getattr(value, "__func__", value)
                if isinstance(value, FunctionType) and is_ours(value):
                    yield value


@dataclass
class Reading:
    """One registered function with the functions that it runs, one module deep, and the findings in them."""

    one: Registered
    root: Path
    tested: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.parts: dict[FunctionType, Part] = {}
        self.add(self.one.function, 0)
        for wrapper in self.one.wrappers:
            self.add(wrapper, 1)

    def add(self, function: FunctionType, depth: int) -> None:
        """Read this function, and those that it calls in its module and, from the receiver's module, in one more."""
        node = node_of(function)
        if function in self.parts or node is None:
            return
        part = self.parts[function] = Part(function, node, depth)
        for called in part.called():
            if called.__module__ == part.module:
                self.add(called, depth)
            elif depth == 0 and not is_delegate(called) and not within(called.__module__, PURE):
                self.add(called, 1)

    @property
    def own(self) -> list[Part]:
        """The parts in the receiver's module."""
        return [part for part in self.parts.values() if part.depth == 0]

    def findings(self) -> list[Finding]:
        """Every violation of a rule, by place."""
        if self.one.function not in self.parts:
            place = Path(self.one.function.__code__.co_filename)
            return [Finding(place, 1, f"{self.one.name} has no source to be read", Rule.COMPUTED)]
        found = [*self.early(), *self.delegation(), *self.untested()]
        for part in self.parts.values():
            found += [*self.changes(part), *self.calls_of(part)]
        for part in self.own:
            found += self.branching(part)
        return sorted(set(found), key=lambda finding: (finding.path, finding.line, finding.what))

    def finding(self, part: Part, node: ast.AST, rule: Rule, what: str) -> Finding:
        """A finding in a part; it names the receiver if the part is not the receiver itself."""
        path = Path(part.function.__code__.co_filename)
        path = path.relative_to(self.root) if path.is_relative_to(self.root) else path
        if part.function is not self.one.function:
            how = (
                f"which decorates {self.handler}"
                if part.function in self.one.wrappers
                else f"which {self.handler} calls"
            )
            what = f"{getattr(part.node, 'name', 'a lambda')}, {how}, {what}"
        return Finding(path, getattr(node, "lineno", part.node.lineno), what, rule)

    @property
    def handler(self) -> str:
        name = self.one.function.__name__
        return f"the lambda of {self.one.name!r}" if name == "<lambda>" else name

    def early(self) -> Iterator[Finding]:
        """It is connected to a signal that is sent inside the transaction."""
        if self.one.signal:
            part = self.parts[self.one.function]
            yield self.finding(part, part.node, Rule.BEFORE_COMMIT, f"{self.handler} is connected to {self.one.signal}")

    # --- Changes of data ----------------------------------------------------------------------------------------------

    def changes(self, part: Part) -> Iterator[Finding]:
        for node in ast.walk(part.body):
            if isinstance(node, ast.Call) and (rule := self.change_by(part, node)):
                yield self.finding(part, node, rule, f"calls {ast.unparse(node.func)}")
            elif isinstance(node, ast.Attribute | ast.Subscript) and self.is_set(part, node):
                yield self.finding(part, node, Rule.WRITES_ORDERS, f"sets {ast.unparse(node)}")

    @staticmethod
    def is_set(part: Part, node: ast.Attribute | ast.Subscript) -> bool:
        """Whether it sets an attribute that may be a field of an object that the receiver was given or has found."""
        names = part.scope.names(node)
        if isinstance(node.ctx, ast.Load):
            return False
        if isinstance(node, ast.Subscript):
            return bool(FIELDS_BY_NAME & {*names})
        return part.depth == 0 or bool({"order", "event", "instance"} & {*names})

    @staticmethod
    def change_by(part: Part, call: ast.Call) -> Rule | None:
        """The rule that a call breaks because of its change."""
        names, thing = part.scope.names(call.func), part.scope.value(call.func)
        last = names[-1] if names else ""
        method = last[1:] if last[:1] == "a" and last[1:] in WRITES | CREATES | {"update"} else last
        path, is_method = path_of(thing), len(names) > 1
        texts = {one.value for one in call.args if isinstance(one, ast.Constant)}
        verb = path.rpartition(".")[2].partition("_")[0]
        writes = (
            path == "setattr",
            method in WRITES and is_method,
            method == "update" and {*names} & QUERIES,
            method in {"update", "setdefault", "pop", "clear"} and FIELDS_BY_NAME & {*names[:-1]},
            thing is operator.methodcaller and texts & WRITES,
            within(path, ("orders.services",)) and verb in CHANGING_VERBS,
        )
        if any(writes):
            return Rule.WRITES_ORDERS
        if not (method in CREATES and is_method) and not is_model(thing):
            return None
        owner = thing if is_model(thing) else getattr(thing, "__self__", UNKNOWN)
        owner = getattr(owner, "model", owner)
        return Rule.WRITES_ORDERS if within(path_of(owner), ORDERS) else Rule.CREATES_OBJECTS

    # --- Calls --------------------------------------------------------------------------------------------------------

    def calls_of(self, part: Part) -> Iterator[Finding]:
        for call in part.calls:
            for rule, what in self.misdeeds(part, call):
                yield self.finding(part, call, rule, what)

    def misdeeds(self, part: Part, call: ast.Call) -> Iterator[tuple[Rule, str]]:
        """What is wrong with this call, apart from its changes."""
        thing, text = part.scope.value(call.func), ast.unparse(call.func)
        path, names = path_of(thing), part.scope.names(call.func)
        if isinstance(thing, Task):
            yield Rule.SLOW, f"runs the task {text} itself, without .delay"
        elif path in WAITS or (names[-1:] == ["get"] and SENDS & {*names}):
            yield Rule.SLOW, f"waits: {text}"
        elif self.one.kind is Kind.DIRECT and names[-1:] and names[-1] in SENDS:
            yield Rule.QUEUED, f"sends a task for a direct receiver: {text}"
        elif within(path, THREADS):
            yield Rule.SLOW, f"starts work of its own: {text}"
        elif path in OUTSIDE_NAMES or within(path, OUTSIDE):
            yield Rule.DELEGATES, f"does the work itself: {text}"
        elif within(path, EARLY):
            yield Rule.BEFORE_COMMIT, f"calls {text}"
        elif is_computed(part, call, path):
            yield Rule.COMPUTED, f"looks up what to call: {text}"

    def work(self) -> Iterator[ast.Call]:
        """The calls in the receiver's module to a service or a task of ours."""
        for part in self.own:
            yield from (call for call in part.calls if self.hands_over(part, call))

    def hands_over(self, part: Part, call: ast.Call) -> bool:
        """Whether it calls a service or a task, or a function of another module that does."""
        thing = part.scope.value(call.func)
        if {*part.scope.names(call.func)[-1:]} & SENDS or isinstance(thing, Task):
            return True
        function = getattr(thing, "__func__", thing)
        if not isinstance(function, FunctionType) or not is_ours(function) or function.__module__ == part.module:
            return False
        if is_delegate(function):
            return not within(function.__module__, PURE)
        helper = self.parts.get(function)
        if helper is None or helper.depth <= part.depth:
            return False
        return any(self.hands_over(helper, one) for one in helper.calls)

    def delegation(self) -> Iterator[Finding]:
        work = list(self.work())
        if len(work) != 1:
            named = ", ".join(ast.unparse(call.func) for call in work) or "none"
            part = self.parts[self.one.function]
            what = f"{self.handler} calls {len(work)} services or tasks ({named})"
            yield self.finding(part, part.node, Rule.DELEGATES, what)

    # --- Its shape ----------------------------------------------------------------------------------------------------

    def branching(self, part: Part) -> Iterator[Finding]:
        blocks = [node for node in ast.walk(part.body) if isinstance(node, (*BRANCHES, *LOOPS)) or is_hidden_if(node)]
        branches = [node for node in blocks if not isinstance(node, LOOPS)]
        nested = [inner for outer in blocks for inner in ast.walk(outer) if inner is not outer and inner in blocks]
        if len(branches) > 1 or nested:
            what = f"branches {len(branches)} times" + (", one inside another" if nested else "")
            if part.function is self.one.function:
                what = f"{self.handler} {what}"
            yield self.finding(part, part.node, Rule.BRANCHES, what)
        for node in ast.walk(part.body):
            if isinstance(node, ast.Expr) and is_hidden_if(node.value):
                yield self.finding(part, node, Rule.BRANCHES, f"decides by and/or what to call: {ast.unparse(node)}")

    def untested(self) -> Iterator[Finding]:
        function = self.one.function
        path = f"{function.__module__}.{function.__qualname__}"
        if path not in self.tested:
            part = self.parts[function]
            yield self.finding(part, part.node, Rule.UNTESTED, f"no test imports {self.handler} from here")


def is_model(thing: Any) -> bool:
    """Whether it is a model class."""
    return isinstance(thing, type) and issubclass(thing, Model)


def is_hidden_if(node: ast.AST) -> bool:
    """``a and f()``: a conditional call without an ``if``; and a condition within a comprehension."""
    if isinstance(node, ast.comprehension):
        return bool(node.ifs)
    return isinstance(node, ast.BoolOp) and any(True for value in node.values[1:] for _ in calls(value))


def is_computed(part: Part, call: ast.Call, path: str) -> bool:
    """Whether a value decides what is called: ``TABLE[event.type](event)``, ``getattr(services, name)(event)``."""
    if path in COMPUTED:
        return path in {"eval", "exec"} or not all(isinstance(one, ast.Constant) for one in call.args)
    func = part.scope.expanded(call.func)
    is_getattr = isinstance(func, ast.Call) and part.scope.names(func.func) == ["getattr"]
    is_unknown = part.depth == 0 and part.scope.value(call.func) is UNKNOWN
    return is_unknown and (is_getattr or isinstance(func, ast.Subscript))
