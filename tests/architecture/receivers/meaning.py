"""What the names in a function refer to at run time: imports, aliases, closures, and lookups by text."""

import ast
import builtins
import functools
import importlib
import sys
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from django.apps import apps
from django.utils.module_loading import import_string

from tests.architecture.receivers.names import chain
from tests.architecture.receivers.registered import Function

UNKNOWN = object()
LOOKUPS = (import_string, importlib.import_module, apps.get_model)
DEEPEST = 10


class Scope:
    """The names that one function sees."""

    def __init__(self, function: FunctionType, node: Function) -> None:
        self.globals = function.__globals__
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        self.known: dict[str, Any] = {name: cell.cell_contents for name, cell in cells}
        self.aliases: dict[str, ast.expr] = {}
        arguments = node.args
        self.unknown = {one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
        for inner in ast.walk(node):
            self.learn(inner)

    def learn(self, node: ast.AST) -> None:
        """Record the names that a statement binds."""
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self.aliases.setdefault(node.targets[0].id, node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and isinstance(node.target, ast.Name) and node.value:
            self.aliases.setdefault(node.target.id, node.value)
        elif isinstance(node, ast.ImportFrom) and node.module:
            module = importlib.import_module(node.module)
            for alias in node.names:
                self.known[alias.asname or alias.name] = getattr(module, alias.name, UNKNOWN)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                module = importlib.import_module(alias.name)
                self.known[alias.asname or alias.name.partition(".")[0]] = (
                    module if alias.asname else sys.modules[alias.name.partition(".")[0]]
                )

    def expanded(self, expression: ast.expr, depth: int = 0) -> ast.expr:
        """The expression behind aliases and ``getattr(thing, "name")``."""
        if depth > DEEPEST:
            return expression
        deeper = functools.partial(self.expanded, depth=depth + 1)
        found = expression
        match expression:
            case ast.NamedExpr(value=value):
                found = deeper(value)
            case ast.Name(id=name) if name in self.aliases:
                found = deeper(self.aliases[name])
            case ast.Attribute(value=value, attr=attr):
                found = ast.Attribute(deeper(value), attr, ast.Load())
            case ast.Call(args=args) if name := self.named_attribute(expression):
                found = ast.Attribute(deeper(args[0]), name, ast.Load())
            case ast.Call(func=func, args=args, keywords=keywords):
                found = ast.Call(deeper(func), args, keywords)
            case ast.Subscript(value=value, slice=index):
                found = ast.Subscript(deeper(value), index, ast.Load())
        return ast.copy_location(found, expression)

    @staticmethod
    def named_attribute(call: ast.Call) -> str:
        """The name in ``getattr(thing, "name")``."""
        match call:
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
                return name
        return ""

    def names(self, expression: ast.expr) -> list[str]:
        """The names of ``a.b(...).c``, with aliases resolved."""
        return chain(self.expanded(expression))

    def value(self, expression: ast.expr) -> Any:
        """The object that an expression is at run time, or UNKNOWN."""
        expression = self.expanded(expression)
        if isinstance(expression, ast.Name):
            return self.named(expression.id)
        if isinstance(expression, ast.Attribute):
            owner = self.value(expression.value)
            return UNKNOWN if owner is UNKNOWN else attribute(owner, expression.attr)
        if isinstance(expression, ast.Call):
            return self.result(expression)
        if isinstance(expression, ast.Subscript) and isinstance(expression.slice, ast.Constant):
            owner = self.value(expression.value)
            return owner.get(expression.slice.value, UNKNOWN) if isinstance(owner, Mapping) else UNKNOWN
        return UNKNOWN

    def named(self, name: str) -> Any:
        """The object of a name."""
        if name in self.known:
            return self.known[name]
        if name in self.unknown:
            return UNKNOWN
        return self.globals.get(name, getattr(builtins, name, UNKNOWN))

    def result(self, call: ast.Call) -> Any:
        """The result of a call, if it is looked up by a text or made of a function; for an object, its class."""
        function = self.value(call.func)
        if isinstance(function, type) and function is not functools.partial:
            return function
        if function is functools.partial and call.args:
            return self.value(call.args[0])
        texts = [one.value for one in call.args if isinstance(one, ast.Constant)]
        if function in LOOKUPS and len(texts) == len(call.args):
            try:
                return function(*texts)
            except (ImportError, LookupError, ValueError):
                return UNKNOWN
        return UNKNOWN


def attribute(owner: Any, name: str) -> Any:
    """An attribute of a module, a class or a function; UNKNOWN if it can't be had."""
    try:
        return getattr(owner, name, UNKNOWN)
    except Exception:  # a lazy object of a library
        return UNKNOWN
