"""How much memory events take, for those who keep some."""

import json
from typing import Final

import orjson

from events.models import Event

EVENT_BYTES: Final = 2_500
"""An event without its payload."""
PER_CHARACTER: Final = 10
"""For each byte of the payload's JSON: four for the payload as objects, the rest for what is made to show it."""


def bytes_of(event: Event) -> int:
    """About how many bytes of memory an event takes, once it has been shown; counted once and noted at the event."""
    known = event.__dict__
    if "_bytes" not in known:
        known["_bytes"] = EVENT_BYTES + PER_CHARACTER * json_bytes(event.payload)
    return int(known["_bytes"])


def json_bytes(payload: object) -> int:
    """How long it is as JSON."""
    try:
        return len(orjson.dumps(payload))
    except TypeError:  # such as an integer of more than 64 bits
        return len(json.dumps(payload))
