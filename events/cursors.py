"""Resume cursors: opaque, signed, bound to a tenant.

A cursor is a position in a tenant's event stream: "everything up to here has been seen". A client can't make or change
one, or use another tenant's. Position 0 is before the first event.
"""

from uuid import UUID

from events.errors import InvalidCursor
from tenants.pagination.sealing import BrokenSeal, seal, unseal

_PURPOSE = "events.cursors"
_POSITION_BYTES = 8


def encode(tenant_id: UUID, sequence: int) -> str:
    """The cursor after event ``sequence`` (>= 0) of this tenant: 26 characters, safe in URLs."""
    return seal(_PURPOSE, tenant_id, sequence.to_bytes(_POSITION_BYTES, "big"))


def decode(tenant_id: UUID, cursor: str) -> int:
    """The sequence that ``cursor`` stands after.

    Raises:
        InvalidCursor: this system did not make it for this tenant.
    """
    try:
        return int.from_bytes(unseal(_PURPOSE, tenant_id, cursor), "big")
    except BrokenSeal:
        raise InvalidCursor from None
