"""Problem documents (RFC 9457): the form of every refusal of the REST API."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from orders.errors import FieldError

MEDIA_TYPE = "application/problem+json"
UNSPECIFIC = "about:blank"
MASKED = "An error occurred in the server. Report the request id if it happens again."
UNAVAILABLE = "The service is not available at the moment. Try again."


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    request_id: str,
    code: str = "",
    errors: Iterable[FieldError] = (),
    **extensions: Any,
) -> dict[str, Any]:
    """The document: ``type`` names the kind by ``code``, or is ``about:blank`` if the status is enough."""
    title = code.replace("_", " ").capitalize() if code else status.phrase
    listed = [{"code": error.code, "path": list(error.path), "message": error.message} for error in errors]
    return {
        "type": f"urn:orders:problem:{code.lower().replace('_', '-')}" if code else UNSPECIFIC,
        "title": title,
        "status": int(status),
        "detail": detail,
        "errors": listed,
        "requestId": request_id,
        **extensions,
    }
