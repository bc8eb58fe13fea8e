"""The contracts of events for everyone: JSON Schemas, the AsyncAPI document, and a page that shows both."""

import json
from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from orders.contracts import committed
from orders.contracts.asyncapi import asyncapi_document, example
from orders.event_types import VERSIONS

SCHEMA_MEDIA_TYPE: Final = "application/schema+json"
INDENTED: Final = {"indent": 2}


@require_safe
def event_schema(request: HttpRequest, event_type: str, version: int) -> HttpResponse:
    """The committed JSON Schema of a version of a type; versions stay forever."""
    if (event_type, version) not in set(committed.versions()):
        raise Http404
    schema = committed.schema_file(event_type, version).read_bytes()
    return HttpResponse(schema, content_type=SCHEMA_MEDIA_TYPE)


@require_safe
def asyncapi(request: HttpRequest) -> HttpResponse:
    """The AsyncAPI document."""
    return JsonResponse(asyncapi_document(settings.SPECTACULAR_SETTINGS["VERSION"]), json_dumps_params=INDENTED)


@require_safe
def events_page(request: HttpRequest) -> HttpResponse:
    """A page about every type of event, made of the AsyncAPI document; it loads nothing from elsewhere."""
    document = asyncapi_document(settings.SPECTACULAR_SETTINGS["VERSION"])
    shown = [
        {
            "name": name,
            "schema": reverse("event-schema", args=[name, VERSIONS[name]]),
            "fields": list(fields_of(schema)),
            "example": json.dumps(example(name), indent=2),
        }
        for name, schema in document["components"]["schemas"].items()
    ]
    return render(request, "orders/events/index.html", {"document": document, "types": shown})


def fields_of(schema: dict[str, Any], path: str = "data") -> Iterator[tuple[str, str, bool, str]]:
    """Path, type, whether it is always there, and description of each field, in depth."""
    for name, field in schema.get("properties", {}).items():
        kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
        values = field.get("enum", kinds)
        yield f"{path}.{name}", ", ".join(values), name in schema["required"], field["description"]
        yield from fields_of(field, f"{path}.{name}")
        if "items" in field:
            yield from fields_of(field["items"], f"{path}.{name}[]")
