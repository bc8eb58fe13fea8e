"""Who wants to know of an attempt before it is made: the signal lab, which makes some fail. Elsewhere nobody does."""

from collections.abc import Callable, Sequence

from events.models import Event

Listener = Callable[[str, Sequence[Event]], None]
listeners: list[Listener] = []


def begin(receiver: str, events: Sequence[Event]) -> None:
    """Tell the listeners that a receiver is about to work on these events; what one raises is the attempt's failure."""
    for listener in listeners:
        listener(receiver, events)
