"""Secrets and signatures by the Standard Webhooks specification (standardwebhooks.com), version 1.

At rest, secrets are encrypted under a key that follows from ``SECRET_KEY``: a signature needs the secret itself, so a
hash, as of a token, is not enough.
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from standardwebhooks import Webhook

from webhooks.errors import SecretLost

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32


def new_secret() -> str:
    """A new secret, as a consumer's library takes it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(known: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a message, signed by each of these secrets."""
    moment, text = datetime.fromtimestamp(timestamp, UTC), body.decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, moment, text) for secret in known),
    }


@cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    digests = (hashlib.sha256(f"webhooks.secrets:{key}".encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def cipher() -> MultiFernet:
    """Encrypts under the present key, and decrypts under earlier ones too (``SECRET_KEY_FALLBACKS``)."""
    return _cipher((settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)))


def locked(secret: str) -> str:
    """The secret as it is stored."""
    return cipher().encrypt(secret.encode()).decode()


def unlocked(stored: str) -> str:
    """The secret that was stored.

    Raises:
        SecretLost: it was encrypted under another key.
    """
    try:
        return cipher().decrypt(stored.encode()).decode()
    except InvalidToken:
        raise SecretLost from None
