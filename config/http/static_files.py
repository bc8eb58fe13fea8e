"""Static files: how long browsers keep them, and their compressed forms, which the build has put beside them."""

import re
from collections.abc import Iterable, Mapping
from os import stat_result
from typing import Any, Final

from servestatic.middleware import ServeStaticMiddleware
from servestatic.responders import Response, StaticFile
from servestatic.utils import parse_accept_encoding

# Vite puts eight characters of the content's hash into the name.
BUILT: Final = re.compile(r"/assets/[^/]+-[0-9A-Za-z_-]{8}\.[0-9a-z]+$")


class StaticFiles(ServeStaticMiddleware):  # type: ignore[misc]  # for mypy it has no types
    """Answers requests for static files with the smallest form that the client accepts."""

    FOREVER = 31_536_000

    def immutable_file_test(self, path: str, url: str) -> bool:
        """Whether browsers cache the file permanently: its name has a hash. Other files change under their name."""
        return bool(BUILT.search(url))

    def get_static_file(self, path: str, url: str, stat_cache: dict[str, stat_result] | None = None) -> "Forms":
        """The file at the path, in all its forms."""
        return Forms(super().get_static_file(path, url, stat_cache=stat_cache))


class Forms:
    """A file as it is and compressed, the smallest first. Each form has an ETag of its own (RFC 9110, 8.8.3.3)."""

    def __init__(self, file: StaticFile) -> None:
        self.forms = {
            encoding: StaticFile(path, list(with_tag_of(encoding, headers)))
            for encoding, path, headers in file.alternatives
        }

    async def aget_response(self, method: str, request_headers: Mapping[str, str], **options: Any) -> Response:
        """The response with the form that the client accepts."""
        accepted = parse_accept_encoding(request_headers.get("HTTP_ACCEPT_ENCODING", ""))
        form = next(form for encoding, form in self.forms.items() if not encoding or encoding in accepted)
        return await form.aget_response(method, conditions(request_headers, form.etag), **options)


def with_tag_of(encoding: str | None, headers: Iterable[tuple[str, str | None]]) -> Iterable[tuple[str, str]]:
    """The headers, with the encoding's name in the ETag."""
    for name, value in headers:
        if value is not None:
            yield name, f'{value[:-1]}-{encoding}"' if encoding and name == "ETag" else value


def conditions(request_headers: Mapping[str, str], etag: str | None) -> dict[str, str]:
    """The conditions of a request for the form with this ETag: no part of it for a client that has another's.

    See RFC 9110, section 13.1.5.
    """
    names = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE")
    given = {name: request_headers[name] for name in names if name in request_headers}
    if etag and etag in given.get("HTTP_IF_NONE_MATCH", ""):  # A list, or one that a proxy has made weak.
        given["HTTP_IF_NONE_MATCH"] = etag
    if request_headers.get("HTTP_IF_RANGE", etag) != etag:
        given.pop("HTTP_RANGE", None)
    return given
