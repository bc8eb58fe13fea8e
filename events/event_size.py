"""How much memory an event takes, for caches that are bounded in bytes."""

import json
from typing import Final

import orjson

from events.models import Event

EVENT_BYTES: Final = 2_500
"""An event without its payload."""
PER_CHARACTER: Final = 10
"""For each byte of the payload's JSON: four for the payload's objects, the rest for the objects that render it."""


def bytes_of(event: Event) -> int:
    """About how many bytes of memory an event takes once it has been rendered; computed once for each event."""
    known = event.__dict__
    if "_bytes" not in known:
        known["_bytes"] = EVENT_BYTES + PER_CHARACTER * json_bytes(event.payload)
    return int(known["_bytes"])


def json_bytes(payload: object) -> int:
    """The length of the payload's JSON in bytes."""
    try:
        return len(orjson.dumps(payload))
    except TypeError:  # such as an integer of more than 64 bits
        return len(json.dumps(payload))
