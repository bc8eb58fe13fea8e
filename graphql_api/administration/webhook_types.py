"""Webhook endpoints, the attempts to reach them, and the errors of their mutations' input."""

from datetime import datetime
from enum import Enum
from typing import TypeAlias, cast

import strawberry
import strawberry_django
from strawberry.scalars import JSON
from strawberry.types import Info

from graphql_api.access.context import Context
from graphql_api.ids import global_id
from graphql_api.pages.slices import page_of
from graphql_api.types.arguments import After, Before, First, Last
from graphql_api.types.enums import OrderEventType, describe
from graphql_api.types.node import Node
from graphql_api.types.pagination import Connection
from orders.errors import OrderError
from tenants.pagination.keyset import Keyset, PageRequest, uuid
from webhooks import models, services

ATTEMPTS_NEWEST_FIRST = Keyset("webhook_attempts.uuid.desc", (uuid("id"),), descending=True)

describe(
    models.Outcome,
    "WebhookAttemptOutcome",
    "How an attempt to reach a webhook endpoint ended.",
    {
        "DELIVERED": "The endpoint answered with a status from 200 to 299.",
        "REFUSED": "The endpoint answered with another status. Redirects are not followed.",
        "GONE": "The endpoint answered 410. It is disabled.",
        "TIMED_OUT": "The endpoint did not answer in time.",
        "UNREACHABLE": "The host was not found, or no connection to the host could be made.",
        "FORBIDDEN_ADDRESS": "The host has no public address.",
        "FAILED": "The message could not be made.",
    },
)
WebhookAttemptOutcome: TypeAlias = models.Outcome


@strawberry.enum(description="The error codes of mutations that manage webhooks.")
class WebhookErrorCode(Enum):
    """The codes of :mod:`webhooks.errors`."""

    INVALID = strawberry.enum_value("INVALID", description="The value breaks a rule. The message names the rule.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="There is no such endpoint or delivery.")
    INVALID_TRANSITION = strawberry.enum_value(
        "INVALID_TRANSITION", description="An attempt of the delivery is running or about to start."
    )
    LIMIT_EXCEEDED = strawberry.enum_value(
        "LIMIT_EXCEEDED", description="The value is too long, or there are too many endpoints."
    )


@strawberry.type(description="An error in the input of a webhook mutation that the client can correct.")
class WebhookUserError:
    """A rule that the input breaks."""

    code: WebhookErrorCode = strawberry.field(description="The error's code, for programs.")
    field: list[str] | None = strawberry.field(
        description=(
            'The path of the field in `input`, such as `["url"]`. Null if the error is not about a single field.'
        )
    )
    message: str = strawberry.field(description="The error as an English sentence, for people.")


def user_errors_of(error: OrderError) -> list[WebhookUserError]:
    """A refusal of the services as data."""
    return [
        WebhookUserError(code=WebhookErrorCode[one.code], field=list(one.path) or None, message=one.message)
        for one in error.errors
    ]


@strawberry_django.type(
    models.Attempt,
    name="WebhookAttempt",
    description=(
        "One request to a webhook endpoint, and the beginning of the answer. The server keeps attempts for a month."
    ),
)
class WebhookAttempt:
    """A row of the log of attempts."""

    @strawberry.field(description="The id under which the message was sent: `webhook-id`. Null for a test.")
    def delivery_id(self) -> strawberry.ID | None:
        delivery = cast("models.Attempt", self).delivery_id
        return None if delivery is None else strawberry.ID(global_id("Delivery", delivery))

    @strawberry.field(description="The event that was sent, as its global id.")
    def event_id(self) -> strawberry.ID:
        return strawberry.ID(global_id("OrderEvent", cast("models.Attempt", self).event_id))

    started_at: datetime = strawberry_django.field(description="When the attempt began.")
    duration_seconds: float = strawberry_django.field(description="How long the attempt took, in seconds.")
    outcome: WebhookAttemptOutcome = strawberry_django.field(description="How the attempt ended.")
    status_code: int | None = strawberry_django.field(
        description="The HTTP status of the answer. Null if there was no answer."
    )

    @strawberry.field(description="Why the attempt failed, as an English sentence. Null if it did not fail.")
    def error(self) -> str | None:
        return cast("models.Attempt", self).error or None

    @strawberry.field(description="The first 2 KiB of the answer's body. Null if it was empty.")
    def answer(self) -> str | None:
        return cast("models.Attempt", self).answer or None


@strawberry.type(name="WebhookAttemptConnection", description="One page of attempts, newest first.")
class WebhookAttemptConnection(Connection[WebhookAttempt]):
    """A page of the log of attempts."""


@strawberry_django.type(
    models.Endpoint,
    name="WebhookEndpoint",
    description="An address that receives your tenant's events, each as one signed POST request.",
)
class WebhookEndpoint(Node):
    """An endpoint's row."""

    @strawberry.field(description="The endpoint's global id.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("WebhookEndpoint", cast("models.Endpoint", self).pk))

    url: str = strawberry_django.field(description="The address.")

    @strawberry.field(description="What the endpoint is for. Null if not given.")
    def description(self) -> str | None:
        return cast("models.Endpoint", self).description or None

    @strawberry.field(description="The types of the events that are sent. Null if all types are sent.")
    def event_types(self) -> list[OrderEventType] | None:
        return [OrderEventType(one) for one in cast("models.Endpoint", self).event_types] or None

    @strawberry.field(
        description=("The filter for orders whose events are sent, as `OrderWhere`. Null if there is no filter.")
    )
    def where(self) -> JSON | None:
        return cast("JSON | None", cast("models.Endpoint", self).where)

    @strawberry.field(description="The subscription that shapes the body. Null if the body is a CloudEvent.")
    def document(self) -> str | None:
        return cast("models.Endpoint", self).document or None

    enabled: bool = strawberry_django.field(description="Whether events are sent.")

    @strawberry.field(description="Why the server disabled the endpoint. Null if the server did not disable it.")
    def disabled_reason(self) -> str | None:
        return cast("models.Endpoint", self).disabled_reason or None

    previous_secret_until: datetime | None = strawberry_django.field(
        field_name="previous_until",
        description=(
            "Until this time, requests are also signed with the previous secret. Null if the secret was never rotated."
        ),
    )
    created_at: datetime = strawberry_django.field(description="When the endpoint was registered.")

    @strawberry.field(description="The endpoint's name as a receiver: `deliveries(receiver:)` lists its deliveries.")
    def receiver(self) -> str:
        return cast("models.Endpoint", self).receiver

    @strawberry.field(description="The attempts to reach the endpoint, newest first, tests included.")
    def attempts(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> WebhookAttemptConnection:
        rows, asked = services.attempts(cast("models.Endpoint", self).pk), PageRequest(first, after, last, before)
        return WebhookAttemptConnection(part=page_of(info, ATTEMPTS_NEWEST_FIRST, rows, asked))
