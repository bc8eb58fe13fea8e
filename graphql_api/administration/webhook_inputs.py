"""The inputs and payloads of the mutations of webhooks."""

import strawberry

from graphql_api.administration.delivery_mutations import ERRORS
from graphql_api.administration.webhook_types import WebhookAttempt, WebhookEndpoint, WebhookUserError
from graphql_api.filtering.field_filters import MomentFilter
from graphql_api.types.deliveries import Delivery
from graphql_api.types.enums import OrderEventType
from graphql_api.where import OrderWhere
from webhooks import validation

MOST_RESENT = 1000
URL = f"The URL that receives the events. It begins with `https://`. At most {validation.MOST_URL:,} characters."
TYPES = "Only events of these types. Null or an empty list sends all."
WHERE = "Only events of orders that match this filter, before or after the change. Null sends all."
DOCUMENT = (
    "A GraphQL subscription to events, without variables and `after`. The body of each request is what this "
    'subscription would send, `{"data": …}`. The subscription\'s arguments filter the events. Null sends each event '
    "as a CloudEvent with the whole order."
)
DESCRIPTION = f"What the endpoint is for, at most {validation.MOST_DESCRIPTION} characters."


@strawberry.input(description="A new webhook endpoint.")
class CreateWebhookEndpointInput:
    """A new endpoint."""

    url: str = strawberry.field(description=URL)
    description: str | None = strawberry.field(default=None, description=DESCRIPTION)
    event_types: list[OrderEventType] | None = strawberry.field(default=None, description=TYPES)
    where: OrderWhere | None = strawberry.field(default=None, description=WHERE)
    document: str | None = strawberry.field(default=None, description=DOCUMENT)


UNCHANGED = "Omit this field to leave it unchanged."


@strawberry.input(description="Changes of a webhook endpoint. Omitted fields stay unchanged; null clears a field.")
class UpdateWebhookEndpointInput:
    """Changes of an endpoint."""

    id: strawberry.ID = strawberry.field(description="The endpoint's `id`.")
    url: str | None = strawberry.field(default=strawberry.UNSET, description=f"{URL} {UNCHANGED}")
    description: str | None = strawberry.field(default=strawberry.UNSET, description=f"{DESCRIPTION} {UNCHANGED}")
    event_types: list[OrderEventType] | None = strawberry.field(
        default=strawberry.UNSET, description=f"{TYPES} {UNCHANGED}"
    )
    where: OrderWhere | None = strawberry.field(default=strawberry.UNSET, description=f"{WHERE} {UNCHANGED}")
    document: str | None = strawberry.field(default=strawberry.UNSET, description=f"{DOCUMENT} {UNCHANGED}")
    enabled: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "Whether events are sent. False skips the waiting deliveries. True sends the events from then on; "
            f"`resendWebhooks` sends the missed ones. {UNCHANGED}"
        ),
    )


@strawberry.input(description="The webhook endpoint to remove.")
class DeleteWebhookEndpointInput:
    """An endpoint."""

    id: strawberry.ID = strawberry.field(description="The endpoint's `id`.")


@strawberry.input(description="The webhook endpoint that receives a new secret.")
class RotateWebhookSecretInput:
    """An endpoint, and for how long both secrets sign."""

    id: strawberry.ID = strawberry.field(description="The endpoint's `id`.")
    overlap_hours: int = strawberry.field(
        default=24,
        description="The number of hours, from 0 to 168, during which requests are signed with both secrets.",
    )


@strawberry.input(description="The webhook endpoint to test.")
class TestWebhookEndpointInput:
    """An endpoint."""

    id: strawberry.ID = strawberry.field(description="The endpoint's `id`.")


@strawberry.input(description="The delivery to send again.")
class ResendWebhookInput:
    """A delivery."""

    delivery_id: strawberry.ID = strawberry.field(description="The `id` of a delivery to a webhook endpoint.")


@strawberry.input(description="A webhook endpoint, and the events to send to it again.")
class ResendWebhooksInput:
    """An endpoint, and a part of the log."""

    id: strawberry.ID = strawberry.field(description="The endpoint's `id`.")
    after: str | None = strawberry.field(
        default=None, description="Send events after this cursor. Defaults to the oldest stored event."
    )
    occurred_at: MomentFilter | None = strawberry.field(
        default=None, description="Send only events that occurred in this period. Defaults to any time."
    )


@strawberry.type(description="The result of a mutation of one webhook endpoint.")
class WebhookEndpointPayload:
    """The endpoint after a mutation, or the errors of its input."""

    endpoint: WebhookEndpoint | None = strawberry.field(
        description="The endpoint. Null if the input was refused or only checked."
    )
    user_errors: list[WebhookUserError] = strawberry.field(description=ERRORS)


SECRET = "The secret that signs the requests. It is returned only once. Null if the input was refused."  # noqa: S105


@strawberry.type(description="The result of `createWebhookEndpoint`.")
class CreateWebhookEndpointPayload(WebhookEndpointPayload):
    """A new endpoint."""

    secret: str | None = strawberry.field(default=None, description=SECRET)


@strawberry.type(description="The result of `rotateWebhookSecret`.")
class RotateWebhookSecretPayload(WebhookEndpointPayload):
    """An endpoint with a new secret."""

    secret: str | None = strawberry.field(default=None, description=SECRET)


@strawberry.type(description="The result of `updateWebhookEndpoint`.")
class UpdateWebhookEndpointPayload(WebhookEndpointPayload):
    """A changed endpoint."""


@strawberry.type(description="The result of `deleteWebhookEndpoint`.")
class DeleteWebhookEndpointPayload:
    """A removed endpoint."""

    deleted_id: strawberry.ID | None = strawberry.field(
        description="The `id` of the removed endpoint. Null if the input was refused."
    )
    user_errors: list[WebhookUserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="The result of `testWebhookEndpoint`.")
class TestWebhookEndpointPayload:
    """The attempt of a test."""

    attempt: WebhookAttempt | None = strawberry.field(description="The attempt. Null if the input was refused.")
    user_errors: list[WebhookUserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="The result of `resendWebhook`.")
class ResendWebhookPayload:
    """A delivery that is sent once more."""

    delivery: Delivery | None = strawberry.field(description="The delivery. Null if the input was refused.")
    user_errors: list[WebhookUserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="The result of `resendWebhooks`.")
class ResendWebhooksPayload:
    """The numbers of events and deliveries of one call, and where the next call begins."""

    events: int = strawberry.field(description="The number of examined events that the endpoint wants.")
    reopened: int = strawberry.field(description="The number of finished deliveries that are sent again.")
    opened: int = strawberry.field(
        description=("The number of new deliveries, for events that the endpoint had missed.")
    )
    has_more: bool = strawberry.field(
        description=(
            f"Whether there are more events: one call examines at most {MOST_RESENT:,}. If so, call again with "
            "`endCursor` as `after`."
        )
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last examined event. Null if the input was refused."
    )
    user_errors: list[WebhookUserError] = strawberry.field(description=ERRORS)
