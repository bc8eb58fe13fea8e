"""Receivers of a test."""

from typing import Any

from events.receivers import RECEIVERS, Receiver


def receiver_with(name, types, handler, *rules: Any, **named_rules: Any) -> Receiver:
    """A receiver whose handler is called with only its event, or its events."""
    return Receiver(name, frozenset(types), lambda sender, **given: handler(*given.values()), *rules, **named_rules)


def set_receivers(monkeypatch, *receivers: Receiver) -> None:
    """Connect only these receivers until the test ends."""
    for name in list(RECEIVERS):
        monkeypatch.delitem(RECEIVERS, name)
    for receiver in receivers:
        monkeypatch.setitem(RECEIVERS, receiver.name, receiver)
