"""Check a receiver when it is connected: its name, its rules, how it is called and that a direct one sends no task.

Every error is an ``ImproperlyConfigured`` with one sentence, raised while Django starts.
"""

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from math import isfinite
from types import CodeType
from typing import Any, TypedDict

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import ImproperlyConfigured
from django.dispatch import Signal

from events.models import Delivery, Event
from events.receivers import Kind, Receiver

SENDS_A_TASK = {"delay", "apply_async", "send_task"}
LONGEST_NAME = Delivery._meta.get_field("receiver").max_length or 0


class Rules(TypedDict, total=False):
    """The keyword arguments of ``connect`` and ``@receiver`` beside Django's own."""

    queued: bool
    """The receiver sends a task, and the task does the work."""
    live: bool
    """Best effort, without deliveries: for live subscribers, which can read the log."""
    ordered: bool
    """The events of one order are handled one after the other; a dead or skipped delivery counts as done."""
    first: Signal
    """With ``ordered``: the event that is always an order's first, so it never waits for another."""
    batch: int
    """The receiver takes a list of up to this many of a tenant's events; if it raises, each is attempted alone."""
    attempts: int
    """The failed attempts after which a delivery is dead."""
    lease_seconds: float
    """An attempt without an outcome after this time counts as failed."""
    on_request: bool
    """Only tenants that have requested the receiver have deliveries (:func:`events.operations.ask_for`)."""


OF_DELIVERIES = {"ordered", "first", "batch", "attempts", "lease_seconds", "on_request"}


def checked(handler: Callable[..., Any], name: object, event_type: str, rules: Rules) -> Receiver:
    """The receiver made of ``handler`` under this name and with these rules.

    Raises:
        ImproperlyConfigured: the problem, in one sentence.
    """
    if not callable(handler):
        raise ImproperlyConfigured(f"{handler!r} can't be connected to {event_type}: a receiver is a function.")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise ImproperlyConfigured(
            f"The receiver {title(handler)} needs dispatch_uid='name', at most {LONGEST_NAME} characters: "
            "its deliveries, its switch and its metrics carry that name."
        )
    problem = next(problems(rules), "")
    if not problem:
        receiver = Receiver(name, frozenset({event_type}), handler, **fields(rules))
        problem = next(problems_of_the_call(receiver), "")
    if problem:
        raise ImproperlyConfigured(f"The receiver {name!r} ({title(handler)}) {problem}.")
    return receiver


def fields(rules: Rules) -> dict[str, Any]:
    """The rules as fields of a :class:`Receiver`."""
    given: dict[str, Any] = {
        "kind": Kind.LIVE if rules.get("live") else Kind.QUEUED if rules.get("queued") else Kind.DIRECT
    }
    if "first" in rules:
        given["first"] = type_of(rules["first"])
    if "attempts" in rules:
        given["max_attempts"] = rules["attempts"]
    same = {"ordered", "batch", "lease_seconds", "on_request"}
    return given | {name: value for name, value in rules.items() if name in same}


def type_of(signal: object) -> str:
    """The event type of an event signal; empty for anything else."""
    return str(getattr(signal, "type", ""))


def problems(rules: Rules) -> Iterator[str]:
    """The problem with the rules themselves."""
    known = Rules.__annotations__
    if unknown := sorted(set(rules) - set(known)):
        yield f"has an unknown rule {unknown[0]!r}; the rules are {', '.join(sorted(known))}"
    for name in ("queued", "live", "ordered", "on_request"):
        if not isinstance(rules.get(name, False), bool):
            yield f"has {name}={rules.get(name)!r}, which must be True or False"
    for name in ("batch", "attempts"):
        if not is_whole(rules.get(name, 1)):
            yield f"has {name}={rules.get(name)!r}, which must be a whole number of at least 1"
    if not is_duration(rules.get("lease_seconds", 1)):
        yield f"has lease_seconds={rules.get('lease_seconds')!r}, which must be a number of seconds, more than 0"
    if rules.get("queued") and rules.get("live"):
        yield "is both queued and live; it can be one of them"
    if rules.get("live") and (needless := sorted(OF_DELIVERIES & set(rules))):
        yield f"is live and so has no deliveries to which {needless[0]!r} could apply"
    if "first" in rules and not (rules.get("ordered") and type_of(rules["first"])):
        yield "has first=..., which must be an event signal and needs ordered=True"


def is_whole(value: object) -> bool:
    """Whether it is a whole number of at least 1."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def is_duration(value: object) -> bool:
    """Whether it is a finite number of seconds, more than 0."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value > 0


def problems_of_the_call(receiver: Receiver) -> Iterator[str]:
    """The problem with how the receiver is called, or with its calls."""
    handler, argument = receiver.handler, "events" if receiver.takes_several else "event"
    function = function_of(handler)
    if iscoroutinefunction(function):
        yield "is async; receivers of events are plain functions"
    signature = inspect.signature(handler)
    if not any(one.kind is one.VAR_KEYWORD for one in signature.parameters.values()):
        yield "must accept **kwargs, as every receiver of a Django signal does"
    try:
        signature.bind(Event, **{argument: None})
    except TypeError as error:
        yield f"is called with (sender, {argument}=...) and does not take that: {error}"
    if receiver.kind is Kind.DIRECT and (sent := SENDS_A_TASK & names_in(getattr(function, "__code__", None))):
        yield (
            f"is direct and sends a task by .{min(sent)}(); connect it with queued=True, "
            "so that its delivery is done when the task has done the work, not when the message was sent"
        )


def function_of(handler: Any) -> Any:
    """The function that does a handler's work, behind ``functools.partial``, ``wraps`` or an object's ``__call__``."""
    while isinstance(handler, partial):
        handler = handler.func
    function = inspect.unwrap(handler)
    return function if hasattr(function, "__code__") else type(function).__call__


def names_in(code: CodeType | None) -> set[str]:
    """The names that a function's code uses, functions and lambdas inside it included."""
    if code is None:
        return set()
    inner = (names_in(one) for one in code.co_consts if isinstance(one, CodeType))
    return set(code.co_names).union(*inner)


def title(handler: Callable[..., Any]) -> str:
    """A handler's dotted name, for messages."""
    name = getattr(handler, "__qualname__", "")
    return f"{handler.__module__}.{name}" if name else repr(handler)
