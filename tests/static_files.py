"""Find the static files once in a test process: each test client has a middleware that would search for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from servestatic.middleware import ServeStaticMiddleware
from servestatic.responders import Redirect, StaticFile


@contextmanager
def found_once() -> Iterator[None]:
    """The first middleware searches for the files, and the next ones reuse its result."""
    find = ServeStaticMiddleware.add_files_from_finders
    found: dict[str, dict[str, StaticFile | Redirect]] = {}

    def find_once(middleware: ServeStaticMiddleware) -> None:
        prefix = middleware.static_prefix
        if prefix not in found:
            find(middleware)
            found[prefix] = dict(middleware.files)
        middleware.files.update(found[prefix])

    with mock.patch.object(ServeStaticMiddleware, "add_files_from_finders", find_once):
        yield
