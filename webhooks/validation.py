"""The rules of an endpoint."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings

from orders.errors import FieldError
from orders.event_types import ALL_EVENTS
from tenants.values.texts import unsafe_character
from webhooks.models import Endpoint
from webhooks.post import PORTS
from webhooks.shapes import InvalidShape, shape_of

MOST_URL, MOST_DESCRIPTION, MOST_DOCUMENT = 2000, 200, 10_000


def errors_of(endpoint: Endpoint) -> list[FieldError]:
    """Every rule that the endpoint breaks."""
    return [*wrong_url(endpoint.url), *wrong_texts(endpoint), *wrong_types(endpoint), *wrong_shape(endpoint)]


def wrong_url(url: str) -> Iterator[FieldError]:
    """Why nothing can be sent to this URL. Its address is checked when it is used: it may change."""
    message = "Must be a URL such as https://example.com/orders, of ASCII characters, without user and fragment."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    is_written = url.isascii() and url.isprintable() and " " not in url and len(url) <= MOST_URL and port != 0
    if not (is_written and parts.scheme in PORTS and parts.hostname) or "@" in parts.netloc or "#" in url:
        yield FieldError("INVALID", ("url",), message)
    elif parts.scheme != "https" and not settings.WEBHOOKS_NETWORKS:
        yield FieldError("INVALID", ("url",), "Must begin with https://.")


def wrong_texts(endpoint: Endpoint) -> Iterator[FieldError]:
    """Texts that are too long, or have characters that no text has."""
    for name, most in (("description", MOST_DESCRIPTION), ("document", MOST_DOCUMENT)):
        text: str = getattr(endpoint, name)
        if len(text) > most:
            yield FieldError("LIMIT_EXCEEDED", (name,), f"Must have at most {most} characters; it has {len(text)}.")
        elif unsafe := unsafe_character(text, lines=name == "document"):
            yield FieldError("INVALID", (name,), f"Must not contain the character {unsafe}.")


def wrong_types(endpoint: Endpoint) -> Iterator[FieldError]:
    """Types that no event has."""
    given = endpoint.event_types
    if not isinstance(given, list) or not all(isinstance(one, str) and one in ALL_EVENTS for one in given):
        yield FieldError("INVALID", ("eventTypes",), f"Must be a list of these: {', '.join(ALL_EVENTS)}.")


def wrong_shape(endpoint: Endpoint) -> Iterator[FieldError]:
    """A document or a filter that the API refuses."""
    for name, alone in (
        ("where", Endpoint(tenant_id=endpoint.tenant_id, where=endpoint.where)),
        ("document", Endpoint(tenant_id=endpoint.tenant_id, document=endpoint.document[:MOST_DOCUMENT])),
    ):
        try:
            shape_of(alone)
        except InvalidShape as error:
            yield from (FieldError("INVALID", (name,), message) for message in error.messages)
