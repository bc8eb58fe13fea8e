"""Event types as Django signals.

Receivers connect to an event signal as to any Django signal. The signal is never sent: a service appends the event to
the log, and the dispatcher calls the receivers after commit.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn, Unpack

from django.core.exceptions import ImproperlyConfigured
from django.dispatch import Signal

from events.errors import SignalNotSent
from events.receiver_rules import Rules, checked, title
from events.receivers import RECEIVERS, Receiver


class EventSignal(Signal):
    """The signal of one event type.

    ``@receiver(order_created, dispatch_uid="audit")`` connects ``def f(sender, *, event, **kwargs)``; with ``batch`` or
    ``live`` it is ``def f(sender, *, events, **kwargs)``. ``sender`` is the model :class:`events.models.Event`.
    """

    def __init__(self, type: str, *, service: str = "") -> None:
        """``service`` is the dotted name of the service that records the event, for the error of :meth:`send`."""
        super().__init__()
        self.type = type
        self.service = service

    def __repr__(self) -> str:
        return f"EventSignal({self.type!r})"

    def connect(
        self,
        receiver: Callable[..., Any],
        sender: object | None = None,
        weak: bool = False,
        dispatch_uid: object | None = None,
        **rules: Unpack[Rules],
    ) -> None:
        """Connect a receiver under the name ``dispatch_uid``; connected again, it stays connected once.

        The connection keeps the receiver alive (``weak`` can't be set): if it vanished, it would leave deliveries
        that are never done. The same receiver may be connected to several signals, with the same rules.

        Raises:
            ImproperlyConfigured: a rule, the name or the function is not right; the message says what.
        """
        if sender is not None or weak:
            raise ImproperlyConfigured(
                f"The receiver {title(receiver)} can't be connected with sender= or weak=: "
                f"the sender of {self.type} is always Event, and a receiver stays connected until disconnect()."
            )
        made = joined(checked(receiver, dispatch_uid, self.type, rules))
        super().connect(receiver, weak=False, dispatch_uid=made.name)
        RECEIVERS[made.name] = made

    def disconnect(
        self, receiver: Callable[..., Any] | None = None, sender: object | None = None, dispatch_uid: Any = None
    ) -> bool:
        """Disconnect the receiver of this ``dispatch_uid``; whether it was connected.

        Deliveries that are open already wait until a receiver of that name is connected again.
        """
        was_connected = super().disconnect(receiver, sender, dispatch_uid)
        if was_connected and (known := RECEIVERS.pop(dispatch_uid, None)) and known.event_types > {self.type}:
            RECEIVERS[dispatch_uid] = replace(known, event_types=known.event_types - {self.type})
        return was_connected

    def send(self, sender: object, **named: object) -> NoReturn:
        """Refuse: services record events.

        Raises:
            SignalNotSent: always; it names the service to call.
        """
        raise SignalNotSent(self.type, self.service)

    def send_robust(self, sender: object, **named: object) -> NoReturn:
        """Refuse, as :meth:`send` does."""
        self.send(sender)

    def asend(self, sender: object, **named: object) -> NoReturn:
        """Refuse, as :meth:`send` does."""
        self.send(sender)

    def asend_robust(self, sender: object, **named: object) -> NoReturn:
        """Refuse, as :meth:`send` does."""
        self.send(sender)


def joined(made: Receiver) -> Receiver:
    """The receiver, with the event types to which it is connected already.

    Raises:
        ImproperlyConfigured: another handler has the name, or the rules differ from those given before.
    """
    known = RECEIVERS.get(made.name)
    if known is None:
        return made
    if known.handler != made.handler:
        raise ImproperlyConfigured(
            f"dispatch_uid={made.name!r} is used twice, by {title(known.handler)} and by {title(made.handler)}: "
            "each receiver needs its own."
        )
    if replace(known, event_types=made.event_types) != made:
        here, there = (", ".join(sorted(receiver.event_types)) for receiver in (made, known))
        raise ImproperlyConfigured(
            f"The receiver {made.name!r} ({title(made.handler)}) is connected to {here} with other rules "
            f"than to {there}: a receiver has one set of rules."
        )
    return replace(made, event_types=known.event_types | made.event_types)
