"""The digest by which a request names a published document instead of sending its text.

``documentId`` is that of GraphQL over HTTP (its appendix A): ``sha256:`` and the digest, or the digest alone.
``extensions.persistedQuery.sha256Hash`` is Apollo's.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

DIGEST: Final = re.compile(r"[0-9a-f]{64}")
PREFIX: Final = "sha256:"


class BadDigest(ValueError):
    """The request names no document, or another one than it sends; the message says which."""


def digest_of(text: str) -> str:
    """The SHA-256 of a text in UTF-8, in hexadecimal."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def digest_in(query: object, document_id: object, extensions: object) -> str | None:
    """The digest that a request names; None if it sends the text, which then has to have the digest.

    Raises:
        BadDigest: a digest is malformed, or is not the text's.
    """
    digest = named_in(document_id, extensions)
    if digest is None or query is None or query == "":
        return digest
    if not isinstance(query, str) or digest_of(query) != digest:
        raise BadDigest("The digest is not the SHA-256 of the query.")
    return None


def named_in(document_id: object, extensions: object) -> str | None:
    """The digest that ``documentId`` or Apollo's extension has."""
    if document_id is not None:
        text: object = document_id.removeprefix(PREFIX) if isinstance(document_id, str) else ""
        what = "documentId must be the SHA-256 of a published document: sha256: and 64 hexadecimal digits."
    elif isinstance(extensions, Mapping) and extensions.get("persistedQuery") is not None:
        extension: Any = extensions["persistedQuery"]
        text = extension.get("sha256Hash") if isinstance(extension, Mapping) else ""
        what = "extensions.persistedQuery.sha256Hash must have 64 hexadecimal digits."
    else:
        return None
    if not isinstance(text, str) or not DIGEST.fullmatch(text):
        raise BadDigest(what)
    return text
