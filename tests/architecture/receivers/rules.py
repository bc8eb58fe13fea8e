"""The handbook's rules for receivers, and what to do instead."""

import enum
from dataclasses import dataclass
from pathlib import Path


class Rule(enum.Enum):
    """One rule: the handbook's sentence, and the solution."""

    WRITES_ORDERS = (
        "part 10, anti-pattern: signals modifying the same model",
        "Leave the order as it is. Send a task; what its worker finds out goes through a service of orders.services.",
    )
    CREATES_OBJECTS = (
        "part 10, anti-pattern: signals creating other domain objects",
        "Call the service of the app that owns the object, keyed by event.id, so that a repeat makes no second one.",
    )
    BRANCHES = (
        "part 10, anti-pattern: signals with complex branching",
        "Name the event types where it is registered, or split the receiver in two; the service decides. "
        "Catching is not needed: a failure is logged, counted, recorded and tried again for you.",
    )
    BEFORE_COMMIT = (
        "part 6, mandatory in production, and part 10, anti-pattern: signals without on_commit",
        "Connect the function to the signals of its event types, as those in orders/receivers are: it is called after "
        "commit, and still called when the process dies in between. A rolled-back order reaches no receiver. "
        "An event signal is not sent: a service records the event.",
    )
    DELEGATES = (
        "part 5: signals call services, not logic",
        "Let the receiver make one call, to one service or one task. Two effects are two receivers, each with a name, "
        "retries and a switch of its own.",
    )
    SLOW = (
        "part 8: async for slow work",
        "Send a task with .delay(...), and let its worker wait. A receiver that waits holds up those after it, "
        "and a thread of its own dies with the process, with nothing that does its work again.",
    )
    QUEUED = (
        "part 8: async for slow work",
        "Connect the receiver with queued=True: its delivery is then done when the task has done the work, not when "
        "the message was sent, and a lost message is sent again.",
    )
    COMPUTED = (
        "part 10, anti-pattern: signals with complex branching",
        "Import what you call and call it by its name, so that a reader, and this check, know what it does.",
    )
    UNTESTED = (
        "part 10, anti-pattern: signals without tests; and: signals must be testable in isolation",
        "Call it with an event in a test of its app (tests/test_signals.py), twice, and assert one effect.",
    )
    NOT_IMPORTED = (
        "part 4: if this step is skipped, signals never fire",
        "Import the module in the signals.py of its app.",
    )

    def __init__(self, handbook: str, instead: str) -> None:
        self.handbook = handbook
        self.instead = instead


@dataclass(frozen=True, order=True)
class Finding:
    """A place that breaks a rule, described so that its author learns the rule."""

    path: Path
    line: int
    what: str
    rule: Rule

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}\n    Handbook, {self.rule.handbook}.\n    {self.rule.instead}"
