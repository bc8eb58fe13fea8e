"""The environment that settings are read from: a value, or the file that holds it (``NAME_FILE``)."""

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping


class ValueOrFile(FileAwareMapping):  # type: ignore[misc]  # django-environ has no types
    """``NAME_FILE`` names a file that holds the value of ``NAME``, and goes before it; a last line's end is left out.

    Raises, on reading:
        ImproperlyConfigured: the file can't be read.
    """

    def __getitem__(self, key: str) -> str:
        try:
            value: str = super().__getitem__(key)
        except OSError as error:
            raise ImproperlyConfigured(
                f"{key}_FILE={self.env[f'{key}_FILE']} can't be read: {error.strerror}."
            ) from error
        return value.rstrip("\r\n")


class Environment(environ.Env):  # type: ignore[misc]  # as above
    """django-environ's reader, over values and files."""

    ENVIRON = ValueOrFile()
