"""Which changes of an event's schema its consumers can bear.

What a consumer has read it must find again: a field that is there, always or never null, in the same type. So within a
version fields may be added if they are optional, enumerations may grow, and descriptions and examples may change. All
else needs a new version.
"""

from collections.abc import Iterator
from typing import Any, Final

Schema = dict[str, Any]
FREE: Final = frozenset({"description", "examples", "title"})
"""Keywords that say nothing about values."""
COMPARED: Final = frozenset({"properties", "required", "enum", "items", "additionalProperties"})
"""Keywords that are compared one by one below. Any other must stay as it is."""


def breaking_changes(old: Schema, new: Schema, at: str = "data") -> Iterator[str]:
    """The changes from one schema to the other that would break a consumer."""
    for keyword in sorted((old.keys() | new.keys()) - FREE - COMPARED):
        if old.get(keyword) != new.get(keyword):
            yield f"{at}: {keyword} was {old.get(keyword)!r} and is {new.get(keyword)!r}"
    yield from changed_values(old, new, at)
    yield from changed_fields(old, new, at)
    for keyword in ("items", "additionalProperties"):
        if keyword in old and keyword in new:
            yield from breaking_changes(old[keyword], new[keyword], f"{at}[]")
        elif keyword in old or keyword in new:
            yield f"{at}: {keyword} was added or removed"


def changed_values(old: Schema, new: Schema, at: str) -> Iterator[str]:
    """Values that an enumeration has lost: recorded events have them."""
    if ("enum" in old) != ("enum" in new):
        yield f"{at}: enum was added or removed"
        return
    for value in old.get("enum", ()):
        if value not in new["enum"]:
            yield f"{at}: the value {value!r} was removed"


def changed_fields(old: Schema, new: Schema, at: str) -> Iterator[str]:
    """Fields that were removed, or that recorded events may lack."""
    before, after = old.get("properties", {}), new.get("properties", {})
    required_before, required_after = set(old.get("required", ())), set(new.get("required", ()))
    for name, field in before.items():
        if name not in after:
            yield f"{at}.{name}: was removed"
            continue
        if name in required_before - required_after:
            yield f"{at}.{name}: is not always there any more"
        yield from breaking_changes(field, after[name], f"{at}.{name}")
    for name in sorted(required_after - required_before):
        yield f"{at}.{name}: recorded events may lack it; make it NotRequired"
