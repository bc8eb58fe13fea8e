"""Short signed texts, each for one purpose and one tenant, such as cursors."""

import base64
import binascii
import hashlib
import hmac
from functools import cache
from uuid import UUID

from django.conf import settings

_VERSION = b"\x01"
_TAG_BYTES = 10


class BrokenSeal(ValueError):
    """The text was not made here for this purpose and this tenant."""


@cache
def _key(secret: str, purpose: str) -> bytes:
    return hashlib.sha256(f"{purpose}:{secret}".encode()).digest()


def _tag(secret: str, purpose: str, tenant_id: UUID, content: bytes) -> bytes:
    return hmac.digest(_key(secret, purpose), tenant_id.bytes + _VERSION + content, "sha256")[:_TAG_BYTES]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def seal(purpose: str, tenant_id: UUID, content: bytes) -> str:
    """``content`` as an opaque, signed text of URL-safe ASCII: 4 characters for 3 bytes, and 11 bytes more."""
    return _text(_VERSION + content + _tag(settings.SECRET_KEY, purpose, tenant_id, content))


def unseal(purpose: str, tenant_id: UUID, text: str) -> bytes:
    """The content that was sealed.

    Raises:
        BrokenSeal: it was not made here for this purpose and tenant; another tenant's gives the same error.
    """
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise BrokenSeal(BrokenSeal.__doc__) from None
    content, tag = raw[1:-_TAG_BYTES], raw[-_TAG_BYTES:]
    secrets = [settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)]
    genuine = any(hmac.compare_digest(tag, _tag(secret, purpose, tenant_id, content)) for secret in secrets)
    if raw[:1] != _VERSION or not genuine or _text(raw) != text:  # base64 has several texts for the same bytes
        raise BrokenSeal(BrokenSeal.__doc__)
    return content
