"""Packages that libraries import if they can and no code here uses: each takes a tenth of every process's start."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured


@contextmanager
def not_installed(*packages: str) -> Iterator[None]:
    """Within the block, these packages cannot be imported; those that were imported before can."""
    hidden = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # Python's own way: None stops an import
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


class NoGeoDjango:
    """``GDAL_LIBRARY_PATH`` for a process that does without.

    strawberry_django imports GeoDjango if it can. Django then searches the machine for GDAL under a dozen names, twice,
    by the compiler and the linker if there are any: 0.3 s of CPU time in each process that starts.
    """

    def __bool__(self) -> bool:
        """Raise what Django raises when a search finds nothing."""
        raise ImproperlyConfigured("GeoDjango is not used here.")
