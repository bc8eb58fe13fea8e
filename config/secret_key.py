"""The installation's secret: given in production, made on first use in the embedded default."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

MIN_LENGTH = 32
DEFAULTS = ("django-insecure-", "changeme", "change-me", "change_me")
"""The beginnings of secrets that must not be used in production: Django's for new projects, and those of examples."""


def checked(key: str) -> str:
    """The configured key.

    Raises:
        ImproperlyConfigured: there is no key, or it can be known or guessed.
    """
    if not key:
        raise ImproperlyConfigured(
            "SECRET_KEY is needed beside DATABASE_URL: 50 random characters, the same on every host "
            "(or the file with them: SECRET_KEY_FILE)."
        )
    if len(key) < MIN_LENGTH or key.lower().startswith(DEFAULTS):
        raise ImproperlyConfigured(
            f"SECRET_KEY can be guessed: it is shorter than {MIN_LENGTH} characters, or an example's. "
            'Make one with: python -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
    return key


def kept_in(folder: Path) -> str:
    """The secret of this installation, made on first use and kept beside its database; the first to make it wins.

    Raises:
        ImproperlyConfigured: the folder can't be written.
    """
    kept = folder / "secret_key"
    try:
        if not kept.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile("w", dir=folder) as fresh, suppress(FileExistsError):
                print(get_random_secret_key(), end="", file=fresh, flush=True)
                os.link(fresh.name, kept)
        return kept.read_text()
    except OSError as error:
        raise ImproperlyConfigured(
            f"Cannot write to the data folder {folder} ({error.strerror}). Make it writable, "
            "or name another: ORDERS_DATA_DIR=/some/folder"
        ) from error
