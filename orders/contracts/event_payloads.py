"""The payloads of events as types, from which their JSON Schemas are made (:mod:`orders.contracts.json_schema`).

A field's annotation has its description and further keywords of JSON Schema, an example among them. The order of an
event is the whole order after the change. Fields may be added if they are ``NotRequired``; whatever else changes needs
a new version of the event types that have the field (docs/decisions/0051).
"""

from typing import Annotated, Any, NotRequired, TypedDict

from orders import event_types
from orders.states import ProcessingStatus, Status

JsonObject = dict[str, Any]
AMOUNT: JsonObject = {"pattern": r"^\d{1,8}\.\d{2}$", "examples": ["25.00"]}
ID: JsonObject = {"format": "uuid", "examples": ["01939af5-7c3e-7b0a-9d54-2f6d1f0c5a11"]}
TIME: JsonObject = {"format": "date-time", "examples": ["2026-11-30T12:00:00.123456+00:00"]}


class LineSnapshot(TypedDict):
    """A quantity of one article at a price per piece."""

    id: Annotated[str, "The line's id.", ID]
    sku: Annotated[str, "The article number (SKU).", {"examples": ["TEA-1"]}]
    name: Annotated[str, "The article's name. Empty if not given.", {"examples": ["Tea"]}]
    quantity: Annotated[int, "Pieces.", {"examples": [2]}]
    unit_price: Annotated[str, "The price of one piece, as a decimal string.", AMOUNT | {"examples": ["12.50"]}]


class RefundSnapshot(TypedDict):
    """Money that was given back to the customer."""

    id: Annotated[str, "The refund's id.", ID]
    amount: Annotated[str, "The amount in the order's currency, as a decimal string.", AMOUNT | {"examples": ["5.00"]}]
    reason: Annotated[str, "The reason, as the customer reads it. May be empty.", {"examples": ["Damaged."]}]
    created_at: Annotated[str, "When the refund was made.", TIME]


class OrderSnapshot(TypedDict):
    """An order with its lines, as it was after the change."""

    id: Annotated[str, "The order's id.", ID]
    number: Annotated[str, "The order number for people, unique in the tenant.", {"examples": ["K7Q2F-9M4TD"]}]
    external_reference: Annotated[str | None, "The client's own reference.", {"examples": ["PO-1815"]}]
    customer_email: Annotated[str, "The customer's e-mail address. May be empty.", {"examples": ["ada@example.com"]}]
    customer_name: Annotated[str, "The customer's name. May be empty.", {"examples": ["Ada Lovelace"]}]
    currency: Annotated[str, "An ISO 4217 code.", {"pattern": "^[A-Z]{3}$", "examples": ["EUR"]}]
    total: Annotated[str, "The sum of the lines, or the given total, as a decimal string.", AMOUNT]
    status: Annotated[str, "The status for the customer.", {"enum": Status.values}]
    processing_status: Annotated[str, "The status of background processing.", {"enum": ProcessingStatus.values}]
    version: Annotated[int, "Counts the order's business changes, from 1.", {"minimum": 1, "examples": [1]}]
    metadata: Annotated[JsonObject, "The client's own JSON object.", {"examples": [{"campaign": "spring"}]}]
    created_at: Annotated[str, "When the order was created.", TIME]
    updated_at: Annotated[str, "When the order last changed.", TIME]
    paid_at: Annotated[str | None, "When the order was paid. Null if it was not.", TIME]
    shipped_at: Annotated[str | None, "When the order was shipped. Null if it was not.", TIME]
    delivered_at: Annotated[str | None, "When the order was delivered. Null if it was not.", TIME]
    cancelled_at: Annotated[str | None, "When the order was cancelled. Null if it was not.", TIME]
    lines: Annotated[list[LineSnapshot], "The lines. Empty if the order was created with a total only."]
    notes: NotRequired[Annotated[str, "Internal notes. May be empty.", {"examples": ["Call before delivery."]}]]
    tags: NotRequired[Annotated[list[str], "The tags, sorted.", {"examples": [["fragile", "vip"]]}]]
    refunded_total: NotRequired[
        Annotated[str, "The sum of the refunds, as a decimal string.", AMOUNT | {"examples": ["5.00"]}]
    ]
    refunds: NotRequired[Annotated[list[RefundSnapshot], "The refunds, oldest first."]]


class Details(TypedDict):
    """Nothing beside the order and its changes."""


class ShippedDetails(TypedDict):
    """The shipment."""

    tracking_code: NotRequired[Annotated[str, "The parcel's tracking code.", {"examples": ["DE42"]}]]


class CancelledDetails(TypedDict):
    """The cancellation."""

    reason: NotRequired[Annotated[str, "The reason, as the customer reads it.", {"examples": ["Ordered twice."]}]]


class RefundedDetails(TypedDict):
    """The refund that was made."""

    refund: Annotated[str, "The refund's id.", ID]
    amount: Annotated[str, "The amount in the order's currency, as a decimal string.", AMOUNT | {"examples": ["5.00"]}]
    reason: NotRequired[Annotated[str, "The reason, as the customer reads it.", {"examples": ["Damaged."]}]]


class ProcessingDetails(TypedDict):
    """The progress of background processing. A step of the deployment's own may add its findings."""

    step: NotRequired[Annotated[str, "The step that has finished.", {"examples": ["check_risk"]}]]
    verified: NotRequired[Annotated[list[str], "What the step has found right.", {"examples": [["total", "invoice"]]}]]
    risks: NotRequired[
        Annotated[list[str], "The codes of the rules that the order meets.", {"examples": [["LARGE_TOTAL"]]}]
    ]


class OutOfBandDetails(TypedDict):
    """A change that was made in the database, past the system."""

    operations: NotRequired[Annotated[list[str], "What the database noticed.", {"examples": [["UPDATE"]]}]]
    removed: NotRequired[Annotated[bool, "True if the order was removed.", {"examples": [True]}]]


DETAILS: dict[str, type] = {
    event_types.CREATED: Details,
    event_types.PAID: Details,
    event_types.SHIPPED: ShippedDetails,
    event_types.DELIVERED: Details,
    event_types.CANCELLED: CancelledDetails,
    event_types.UPDATED: Details,
    event_types.REFUNDED: RefundedDetails,
    event_types.PROCESSING: ProcessingDetails,
    event_types.CHANGED_OUT_OF_BAND: OutOfBandDetails,
}
"""The type of each event's ``details``. The rest of the payload is the same for all."""
