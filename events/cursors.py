"""Resume cursors: opaque, signed, bound to a tenant.

A cursor is a position in a tenant's event stream: "everything up to here has been seen". Nobody can make one, change
one, or use another tenant's; position 0 is before the first event.
"""

import base64
import binascii
import hashlib
import hmac
from functools import cache
from uuid import UUID

from django.conf import settings

from events.errors import InvalidCursor

_VERSION = b"\x01"
_TAG_BYTES = 10
_LENGTH = len(_VERSION) + 8 + _TAG_BYTES


@cache
def _key(secret: str) -> bytes:
    return hashlib.sha256(b"events.cursors:" + secret.encode()).digest()


def _tag(secret: str, tenant_id: UUID, position: bytes) -> bytes:
    return hmac.digest(_key(secret), tenant_id.bytes + _VERSION + position, "sha256")[:_TAG_BYTES]


def encode(tenant_id: UUID, sequence: int) -> str:
    """The cursor after event ``sequence`` (>= 0) of this tenant: 26 characters, safe in URLs."""
    position = sequence.to_bytes(8, "big")
    return (
        base64.urlsafe_b64encode(_VERSION + position + _tag(settings.SECRET_KEY, tenant_id, position))
        .decode()
        .rstrip("=")
    )


def decode(tenant_id: UUID, cursor: str) -> int:
    """The sequence that ``cursor`` stands after.

    Raises:
        InvalidCursor: it was not made here for this tenant; another tenant's gives the same error.
    """
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise InvalidCursor from None
    position, tag = raw[1:9], raw[9:]
    secrets = [settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)]
    genuine = any(hmac.compare_digest(tag, _tag(secret, tenant_id, position)) for secret in secrets)
    if len(raw) != _LENGTH or raw[:1] != _VERSION or not genuine:
        raise InvalidCursor
    return int.from_bytes(position, "big")
