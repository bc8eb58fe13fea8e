"""The functions registered at run time: receivers of our events, and our functions on Django's model signals."""

import ast
import functools
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

from django.db.models import signals
from django.dispatch import Signal

from events.receivers import RECEIVERS, Kind

OUR_PACKAGES = {"tenants", "events", "audit", "orders", "webhooks", "graphql_server", "graphql_api", "config"}
EARLY = ("pre_init", "post_init", "pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed")
"""Django's signals that are sent inside the transaction, for rows that may never be committed."""
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Registered:
    """A function that is called for an event of ours, or for a model signal of Django's."""

    name: str
    function: FunctionType
    signal: str = ""
    wrappers: tuple[FunctionType, ...] = ()
    """The functions that decorators have wrapped around it."""
    kind: Kind | None = None
    """The options of a receiver of our events; None on a model signal."""


def all_registered() -> list[Registered]:
    """Every receiver of ours, and every function of our packages on a model signal."""
    found: list[tuple[str, str, list[FunctionType], Kind | None]] = [
        (name, "", functions_of(receiver.handler), receiver.kind) for name, receiver in RECEIVERS.items()
    ]
    for signal in EARLY:
        for handler in connected(getattr(signals, signal)):
            functions = functions_of(handler)
            found += [(functions[-1].__qualname__, signal, functions, None)] if any(map(is_ours, functions)) else []
    return [Registered(name, one, signal, tuple(wrappers), kind) for name, signal, (*wrappers, one), kind in found]


def connected(signal: Signal) -> Iterator[Any]:
    """The functions that a signal calls."""
    for _, handler, *_ in signal.receivers:
        yield handler() if isinstance(handler, weakref.ReferenceType) else handler


def functions_of(handler: Any) -> list[FunctionType]:
    """The functions behind a partial, a method, decorators or a callable object; the innermost is last."""
    found: list[FunctionType] = []
    while handler is not None:
        if isinstance(handler, FunctionType):
            found.append(handler)
            handler = getattr(handler, "__wrapped__", None)
        elif isinstance(handler, functools.partial):
            handler = handler.func
        else:
            handler = getattr(handler, "__func__", None) or vars(type(handler)).get("__call__")
            handler = handler if isinstance(handler, FunctionType) else None
    return found


def is_ours(thing: Any) -> bool:
    """Whether a function or class is of our packages, and not of their tests."""
    module = str(getattr(thing, "__module__", ""))
    return module.partition(".")[0] in OUR_PACKAGES and ".tests." not in module


@functools.cache
def tree_of(path: str) -> ast.Module:
    """A file, parsed."""
    return ast.parse(Path(path).read_text(), path)


def node_of(function: FunctionType) -> Function | None:
    """The place of a function's source; None if there is no such file."""
    code = function.__code__
    if not Path(code.co_filename).is_file():
        return None
    for node in ast.walk(tree_of(code.co_filename)):
        if isinstance(node, Function) and is_at(node, code.co_firstlineno, code.co_name):
            return node
    return None


def is_at(node: Function, line: int, name: str) -> bool:
    """Whether a function of this name begins at this line, which is that of its first decorator or its own."""
    if isinstance(node, ast.Lambda):
        return (node.lineno, "<lambda>") == (line, name)
    return node.name == name and line in {node.lineno, *(one.lineno for one in node.decorator_list)}
