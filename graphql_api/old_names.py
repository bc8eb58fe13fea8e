"""Old names of the schema, which still work and are ``@deprecated`` (docs/decisions/0048)."""

from typing import Final

KEPT_UNTIL: Final = "2027-06-30"
"""The last day on which the old names of version 0.1 certainly work."""


def replaced_by(name: str) -> str:
    """The reason of an old name: the new one, and the date until which the old one works at least."""
    return f"Use `{name}`. Removed after {KEPT_UNTIL}."
