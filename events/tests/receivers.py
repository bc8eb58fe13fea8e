"""Receivers of a test's own."""

from typing import Any

from events.receivers import RECEIVERS, Receiver


def receiver_with(name, types, handler, *rules: Any, **named_rules: Any) -> Receiver:
    """A receiver whose handler is called with its event, or its events, alone."""
    return Receiver(name, frozenset(types), lambda sender, **given: handler(*given.values()), *rules, **named_rules)


def set_receivers(monkeypatch, *receivers: Receiver) -> None:
    """Have these receivers alone until the test ends."""
    for name in list(RECEIVERS):
        monkeypatch.delitem(RECEIVERS, name)
    for receiver in receivers:
        monkeypatch.setitem(RECEIVERS, receiver.name, receiver)
