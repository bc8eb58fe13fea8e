"""Resume cursors: opaque, signed, bound to a tenant.

A cursor is a position in a tenant's event stream: "everything up to here has been seen". A client can't make or change
one, or use another tenant's. Position 0 is before the first event.
"""

from uuid import UUID

from events.errors import InvalidCursor
from tenants.pagination.keyset import InvalidPage, Keyset, number

OLDEST_FIRST = Keyset("events.cursors", (number("sequence"),))
"""The order of the event log. The cursors of its pages are resume cursors."""


def encode(tenant_id: UUID, sequence: int) -> str:
    """The cursor after event ``sequence`` (>= 0) of this tenant: 26 characters, safe in URLs."""
    return OLDEST_FIRST.cursor_at(tenant_id, sequence)


def decode(tenant_id: UUID, cursor: str) -> int:
    """The sequence of the event before ``cursor``.

    Raises:
        InvalidCursor: this system did not make it for this tenant.
    """
    try:
        sequence: int = OLDEST_FIRST.values(tenant_id, cursor)[0]
    except InvalidPage:
        raise InvalidCursor from None
    return sequence
