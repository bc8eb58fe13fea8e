"""The descriptions of the operations in the OpenAPI document."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from orders.rest.access import CallerAuthentication
from orders.rest.problems import MEDIA_TYPE
from orders.rest.request_bodies import (
    CancelSerializer,
    Given,
    MoveSerializer,
    NewOrderSerializer,
    RefundInputSerializer,
    ShipSerializer,
    UpdateSerializer,
)
from orders.search.filters import MAX_TEXT
from orders.serializers import OrderSerializer
from orders.states import ProcessingStatus, Status

Operation = dict[str, Any]


class CallerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its metaclass is untyped
    """Describes :class:`CallerAuthentication` in the OpenAPI document."""

    target_class = CallerAuthentication
    name = ["token", "session"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        """Either of the two; neither if the demo is open."""
        return [{name: []} for name in self.name] + ([{}] if settings.ORDERS_DEMO else [])

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        """A bearer token, or a logged-in person's session."""
        session = "A logged-in person; anything but reading needs the header `X-CSRFToken` too."
        return [
            {
                "type": "http",
                "scheme": "bearer",
                "description": ("`Authorization: Bearer ord_…`. Create a token in the admin."),
            },
            {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": session},
        ]


class GivenSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # as above
    """Describes a value that the services check, by the schema that the field carries."""

    target_class = Given
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        """The schema."""
        return dict(self.target.schema)


class ProblemErrorSerializer(serializers.Serializer[Any]):
    """One rule that one field breaks."""

    code = serializers.CharField(help_text="The error's code, such as REQUIRED, INVALID, LIMIT_EXCEEDED or TAKEN.")
    path = serializers.ListField(
        child=serializers.CharField(), help_text='The path of the field in the input, such as ["lines", "0", "sku"].'
    )
    message = serializers.CharField(help_text="The error as an English sentence.")


class ProblemSerializer(serializers.Serializer[Any]):
    """A refusal (RFC 9457)."""

    type = serializers.CharField(help_text="A URI that identifies the kind of problem, or about:blank.")
    title = serializers.CharField(help_text="The kind of problem, as a short English text.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="This problem, as an English sentence.")
    errors = ProblemErrorSerializer(many=True, help_text="Every field with an error.")  # type: ignore[assignment]  # a field of that name, not the property
    requestId = serializers.CharField(  # noqa: N815  # the name on the wire
        help_text="The id of this request in the server's logs. It is also in the header X-Request-Id."
    )
    currentVersion = serializers.IntegerField(  # noqa: N815  # as above
        required=False, help_text="With a stale version, the order's current version."
    )
    oldest = serializers.CharField(required=False, help_text="With a cursor that has expired, one to go on from.")


ETAG = OpenApiParameter("ETag", OpenApiTypes.STR, "header", response=[200, 201], description="The order's version.")
REPLAYED = OpenApiParameter(
    "Idempotent-Replayed",
    OpenApiTypes.BOOL,
    "header",
    response=[200, 201],
    description="`true` if an earlier call with this key made the change and this call changed nothing.",
)
KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    "header",
    description=(
        "A unique key for this call, 1 to 255 printable ASCII characters. Sending the same key and input again "
        "within 24 hours returns the first result and changes nothing."
    ),
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string", "pattern": r'^(\*|"[0-9]{1,9}")$'},
    "header",
    description="The ETag that you received. If the order has changed since then, the call is refused with 412.",
)
ORDER_ID = OpenApiParameter("id", OpenApiTypes.UUID, "path", description="The order's id.")

REFUSALS = {
    400: "The request breaks a rule. `errors` names each field.",
    401: "No valid credentials were sent.",
    403: "The credentials do not allow this, or a session's CSRF token is missing.",
    404: "There is no such order in your tenant.",
    406: "None of the response formats that the operation has is accepted.",
    408: "The body arrived too slowly. The connection is closed.",
    409: (
        "The order's status or version does not allow the change, the reference is taken, or another call with "
        "this idempotency key is still running."
    ),
    410: "The events after the cursor are no longer kept, or the log was set back. Go on after `oldest`.",
    412: "The order has changed since you read the ETag.",
    413: "The body is larger than 1 MiB.",
    415: "The body's content type is not `application/json`.",
    422: "The idempotency key was already used with a different input.",
    429: "Too many requests. `Retry-After` gives the number of seconds to wait.",
    431: "The URL and the headers are too large. The connection is closed.",
    500: "An error occurred in the server.",
    503: "The service is not available at the moment. `Retry-After` gives the number of seconds to wait.",
}
ALWAYS = (400, 401, 403, 406, 408, 413, 429, 500, 503)


def refusals(*statuses: int) -> dict[Any, Any]:
    """The problem responses of an operation, and what the web server refuses before it reads a request."""
    problems: dict[Any, Any] = {
        (status, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, description=REFUSALS[status])
        for status in sorted((*ALWAYS, *statuses))
    }
    return problems | {(431, "text/plain"): OpenApiResponse(OpenApiTypes.STR, description=REFUSALS[431])}


def example(name: str, **value: Any) -> OpenApiExample:
    """A body that works."""
    return OpenApiExample(name, value, request_only=True)


UNSEEN = example("Whatever the version")
"""No version fits every order that a reader may try."""


def move(summary: str, description: str, request: Any = MoveSerializer, body: OpenApiExample = UNSEEN) -> Operation:
    """An operation that changes an order; ``body`` is an example of its body."""
    return {
        "summary": summary,
        "description": description,
        "parameters": [ORDER_ID, KEY, IF_MATCH, ETAG, REPLAYED],
        "request": request,
        "examples": [body],
        "responses": {
            200: OpenApiResponse(OrderSerializer, description="The order's current state."),
            **refusals(404, 409, 412, 415, 422),
        },
    }


# Without an example: the page about the API would fill it in, as a filter that hardly any order passes.
AMOUNT = {"type": "string", "pattern": r"^[0-9]{1,13}(\.[0-9]{1,2})?$"}
FILTERS = [
    OpenApiParameter(
        "status",
        enum=Status.values,
        many=True,
        description=("Only orders with this status. Repeat the parameter for several statuses."),
    ),
    OpenApiParameter(
        "processing_status",
        enum=ProcessingStatus.values,
        many=True,
        description="Only orders with this status of the background processing. Repeat it for several.",
    ),
    OpenApiParameter(
        "currency", many=True, description="Only orders in this currency (ISO 4217). Repeat it for several."
    ),
    OpenApiParameter("sku", many=True, description="Only orders with a line of this SKU. Repeat it for several."),
    OpenApiParameter("tag", many=True, description="Only orders with this tag. Repeat it for several."),
    OpenApiParameter("number", many=True, description="Only the order with this number. Repeat it for several."),
    OpenApiParameter(
        "external_reference",
        many=True,
        description="Only the order with this external reference. Repeat it for several.",
    ),
    OpenApiParameter(
        "total_least", AMOUNT, description="Only orders whose total is this amount or more, such as 12.50."
    ),
    OpenApiParameter(
        "total_most", AMOUNT, description="Only orders whose total is this amount or less, such as 12.50."
    ),
    OpenApiParameter(
        "created_from", OpenApiTypes.DATETIME, description="Only orders that were created at this time or later."
    ),
    OpenApiParameter(
        "created_before", OpenApiTypes.DATETIME, description="Only orders that were created before this time."
    ),
    OpenApiParameter(
        "search",
        {"type": "string", "maxLength": MAX_TEXT},
        description=(
            "Only orders whose number, external reference, customer e-mail or customer name together contain every "
            "word of this text, or that have a line whose SKU or name contains every word. Of such SKUs and names, the "
            "first 50 each count."
        ),
    ),
]
LIST: Operation = {
    "summary": "List orders",
    "description": "Orders, newest first, in pages.",
    "parameters": FILTERS,
    "responses": {200: OpenApiResponse(OrderSerializer(many=True), description="One page."), **refusals()},
}
RETRIEVE: Operation = {
    "summary": "Read an order",
    "description": "The order's current state, with its lines.",
    "parameters": [ORDER_ID, ETAG],
    "responses": {200: OpenApiResponse(OrderSerializer, description="The order."), **refusals(404)},
}
CREATE: Operation = {
    "summary": "Create an order",
    "description": (
        "Give either lines or a total. The new order's status is NEW. Mails and background processing follow "
        "automatically."
    ),
    "parameters": [KEY, ETAG, REPLAYED],
    "request": NewOrderSerializer,
    "examples": [
        example(
            "Lines",
            lines=[{"sku": "TEA-1", "quantity": 2, "unit_price": "12.50", "name": "Earl Grey"}],
            currency="EUR",
            customer_email="ada@example.com",
            customer_name="Ada Lovelace",
            metadata={"campaign": "spring"},
        ),
        example("A total only", total="100.00", currency="EUR"),
    ],
    "responses": {
        201: OpenApiResponse(OrderSerializer, description="The new order. `Location` is its URL."),
        **refusals(409, 415, 422),
    },
}
PAY = move("Pay", "Mark an order as paid: NEW → PAID.", body=example("A new order's version", expected_version=1))
SHIP = move(
    "Ship",
    "Mark an order as shipped: PAID → SHIPPED.",
    ShipSerializer,
    example("With a tracking code", tracking_code="DE42"),
)
DELIVER = move("Deliver", "Mark an order as delivered: SHIPPED → DELIVERED.")
CANCEL = move(
    "Cancel",
    "Cancel an order: NEW or PAID → CANCELLED.",
    CancelSerializer,
    example("With a reason", reason="Ordered twice."),
)
UPDATE = move(
    "Update",
    "Change the customer, your reference or the metadata while NEW or PAID, or the notes and tags at any time.",
    UpdateSerializer,
    example("Notes and tags", notes="Call before delivery.", tags=["fragile"]),
)
REFUND = move(
    "Refund",
    "Refund an order's payment, fully or in part. Its status stays.",
    RefundInputSerializer,
    example("A part", amount="5.00", reason="Damaged."),
)
