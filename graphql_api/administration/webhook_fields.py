"""A tenant's webhook endpoints, for its admins."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, cast

import strawberry
from strawberry.types import Info

from events import cursors
from events.errors import CursorExpired
from graphql_api.access.context import Context
from graphql_api.access.permissions import HasScope
from graphql_api.administration.webhook_inputs import (
    MOST_RESENT,
    CreateWebhookEndpointInput,
    CreateWebhookEndpointPayload,
    DeleteWebhookEndpointInput,
    DeleteWebhookEndpointPayload,
    ResendWebhookInput,
    ResendWebhookPayload,
    ResendWebhooksInput,
    ResendWebhooksPayload,
    RotateWebhookSecretInput,
    RotateWebhookSecretPayload,
    TestWebhookEndpointInput,
    TestWebhookEndpointPayload,
    UpdateWebhookEndpointInput,
    UpdateWebhookEndpointPayload,
)
from graphql_api.administration.webhook_types import WebhookAttempt, WebhookEndpoint, user_errors_of
from graphql_api.filtering.field_filters import moments_of
from graphql_api.ids import uuid_of
from graphql_api.pages.event_pages import expired, position_of
from graphql_api.pages.slices import tenant_of
from graphql_api.types.arguments import DryRun, Input
from graphql_api.types.deliveries import Delivery
from graphql_api.where import as_variables
from orders.errors import OrderError
from webhooks import delivering, services

T = TypeVar("T")
PLAIN = ("url", "description", "document")


def fields_of(given: CreateWebhookEndpointInput | UpdateWebhookEndpointInput) -> dict[str, Any]:
    """The fields of an endpoint that an input has, as the services take them."""
    has = {name: value for name, value in vars(given).items() if value is not strawberry.UNSET and name != "id"}
    found = {name: has[name] or "" for name in PLAIN if name in has}
    if "event_types" in has:
        found["event_types"] = [one.value for one in has["event_types"] or ()]
    if "where" in has:
        found["where"] = as_variables(has["where"])
    if has.get("enabled") is not None:
        found["enabled"] = has["enabled"]
    return found


def endpoint_id(text: str) -> Any:
    """The id of an endpoint.

    Raises:
        ApiError: it is not an endpoint's.
    """
    return uuid_of(text, "WebhookEndpoint")


def shown(payload: Callable[..., T], **parts: Any) -> T:
    """A payload without errors."""
    return payload(**parts, user_errors=[])


@strawberry.type
class WebhookQuery:
    """The queries of webhooks."""

    @strawberry.field(
        description=f"Your tenant's webhook endpoints, oldest first, at most {services.MOST_ENDPOINTS}.",
        extensions=[HasScope("admin")],
    )
    def webhook_endpoints(self) -> list[WebhookEndpoint]:
        return cast("list[WebhookEndpoint]", list(services.endpoints().order_by("pk")))


@strawberry.type
class WebhookMutation:
    """The mutations of webhooks; all of them need the scope ``admin``."""

    @strawberry.mutation(
        description=(
            "Register an address that receives your tenant's events from now on. The server sends each event at "
            "least once, and the events of one order in order. Only this response contains the secret."
        ),
        extensions=[HasScope("admin")],
    )
    def create_webhook_endpoint(
        self, input: Input[CreateWebhookEndpointInput], dry_run: DryRun = False
    ) -> CreateWebhookEndpointPayload:
        try:
            if dry_run:
                services.checked(**fields_of(input))
                return shown(CreateWebhookEndpointPayload, endpoint=None)
            made, secret = services.create_endpoint(**fields_of(input))
        except OrderError as error:
            return CreateWebhookEndpointPayload(endpoint=None, user_errors=user_errors_of(error))
        return shown(CreateWebhookEndpointPayload, endpoint=made, secret=secret)

    @strawberry.mutation(description="Change, disable or enable a webhook endpoint.", extensions=[HasScope("admin")])
    def update_webhook_endpoint(self, input: Input[UpdateWebhookEndpointInput]) -> UpdateWebhookEndpointPayload:
        try:
            changed = services.update_endpoint(endpoint_id(input.id), **fields_of(input))
        except OrderError as error:
            return UpdateWebhookEndpointPayload(endpoint=None, user_errors=user_errors_of(error))
        return shown(UpdateWebhookEndpointPayload, endpoint=changed)

    @strawberry.mutation(
        description="Remove a webhook endpoint with its secrets and attempts. Waiting deliveries are skipped.",
        extensions=[HasScope("admin")],
    )
    def delete_webhook_endpoint(self, input: Input[DeleteWebhookEndpointInput]) -> DeleteWebhookEndpointPayload:
        try:
            services.delete_endpoint(endpoint_id(input.id))
        except OrderError as error:
            return DeleteWebhookEndpointPayload(deleted_id=None, user_errors=user_errors_of(error))
        return shown(DeleteWebhookEndpointPayload, deleted_id=input.id)

    @strawberry.mutation(
        description=(
            "Give a webhook endpoint a new secret. For some hours the server signs requests with the old and the "
            "new secret, so consumers can switch without refusing a request. Only this response contains the new "
            "secret."
        ),
        extensions=[HasScope("admin")],
    )
    def rotate_webhook_secret(self, input: Input[RotateWebhookSecretInput]) -> RotateWebhookSecretPayload:
        overlap = timedelta(hours=input.overlap_hours)
        try:
            rotated, secret = services.rotate_secret(endpoint_id(input.id), overlap=overlap)
        except OrderError as error:
            return RotateWebhookSecretPayload(endpoint=None, user_errors=user_errors_of(error))
        return shown(RotateWebhookSecretPayload, endpoint=rotated, secret=secret)

    @strawberry.mutation(
        description=(
            "Send the newest event that a webhook endpoint accepts, under a `webhook-id` that begins with `test-`, "
            "and wait at most five seconds for the answer."
        ),
        extensions=[HasScope("admin")],
    )
    def test_webhook_endpoint(self, input: Input[TestWebhookEndpointInput]) -> TestWebhookEndpointPayload:
        try:
            made = delivering.send_test(endpoint_id(input.id))
        except OrderError as error:
            return TestWebhookEndpointPayload(attempt=None, user_errors=user_errors_of(error))
        return shown(TestWebhookEndpointPayload, attempt=cast("WebhookAttempt", made))

    @strawberry.mutation(
        description="Send one delivery to a webhook endpoint again, under the same `webhook-id`.",
        extensions=[HasScope("admin")],
    )
    def resend_webhook(self, input: Input[ResendWebhookInput]) -> ResendWebhookPayload:
        try:
            delivery = services.resend(uuid_of(input.delivery_id, "Delivery"))
        except OrderError as error:
            return ResendWebhookPayload(delivery=None, user_errors=user_errors_of(error))
        return shown(ResendWebhookPayload, delivery=cast("Delivery", delivery))

    @strawberry.mutation(
        description=(
            "Send the events since a cursor or a time again, both those that the endpoint received and those that "
            "it missed. Each event keeps its `webhook-id`."
        ),
        extensions=[HasScope("admin")],
    )
    def resend_webhooks(self, info: Info[Context, None], input: Input[ResendWebhooksInput]) -> ResendWebhooksPayload:
        after = None if input.after is None else position_of(info, input.after)
        when = moments_of(input.occurred_at)
        try:
            done = services.resend_since(endpoint_id(input.id), after=after, occurred_at=when, limit=MOST_RESENT)
        except OrderError as error:
            return ResendWebhooksPayload(
                events=0, reopened=0, opened=0, has_more=False, end_cursor=None, user_errors=user_errors_of(error)
            )
        except CursorExpired as error:
            raise expired(tenant_of(info), error) from None
        return shown(
            ResendWebhooksPayload,
            events=done.events,
            reopened=done.reopened,
            opened=done.opened,
            has_more=done.more,
            end_cursor=cursors.encode(tenant_of(info), done.last),
        )
