"""Upcasters: functions that bring the payloads of recorded events up to the present version of their type.

Recorded events never change, and their types may get new versions of the payload. Every reader gets an event in the
present version: :meth:`events.models.Event.from_db` calls :func:`upcast`.
"""

from collections.abc import Callable
from typing import Any, Final

Payload = dict[str, Any]
Upcaster = Callable[[Payload], Payload]

UPCASTERS: Final[dict[tuple[str, int], Upcaster]] = {}
"""By type and version: what makes the next version of it."""


def upcaster(event_type: str, *, from_version: int) -> Callable[[Upcaster], Upcaster]:
    """Register a function that makes version ``from_version + 1`` of a payload of ``from_version``.

    It leaves the given payload as it is, and needs nothing else: no statement and no clock.

    Raises:
        ValueError: there is one for this version.
    """
    if (event_type, from_version) in UPCASTERS:
        raise ValueError(f"{event_type} has an upcaster from version {from_version} already.")

    def register(function: Upcaster) -> Upcaster:
        UPCASTERS[event_type, from_version] = function
        return function

    return register


def upcast(event_type: str, version: int, payload: Payload) -> tuple[int, Payload]:
    """The newest version that there is a way to, and the payload in it. A payload of a later version stays as it is."""
    while function := UPCASTERS.get((event_type, version)):
        version, payload = version + 1, function(payload)
    return version, payload
