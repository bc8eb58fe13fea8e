"""GeoDjango, which no code here uses."""

from django.core.exceptions import ImproperlyConfigured


class NotUsed:
    """``GDAL_LIBRARY_PATH`` for a process that does without.

    strawberry_django imports GeoDjango if it can. Django then searches the machine for GDAL under a dozen names, twice,
    by the compiler and the linker if there are any: 0.3 s of CPU time in each process that starts.
    """

    def __bool__(self) -> bool:
        """Raise what Django raises at the end of a search in vain."""
        raise ImproperlyConfigured("GeoDjango is not used here.")
