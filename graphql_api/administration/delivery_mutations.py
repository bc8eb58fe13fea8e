"""Mutations of a tenant's receivers and deliveries."""

from typing import Self

import strawberry
from strawberry.types import Info

from events import cursors, operations
from events.errors import CursorExpired, DeliveryNotFound, NotRetryable, UnknownReceiver
from graphql_api.access.context import Context
from graphql_api.access.permissions import HasScope
from graphql_api.filtering.field_filters import MomentFilter, moments_of
from graphql_api.ids import uuid_of
from graphql_api.pages.event_pages import expired, position_of
from graphql_api.pages.slices import tenant_of
from graphql_api.types.arguments import DryRun, Input
from graphql_api.types.deliveries import Delivery
from graphql_api.types.receivers import Receiver, ReceiverUserError, receiver_for

MAX_REPLAYED = 1000
NAME = "The receiver's name. See `receivers`."
ERRORS = "Errors in the input. If there are any, nothing was changed. Empty on success."


@strawberry.input(description="The receiver to switch on or off for your tenant.")
class SetReceiverEnabledInput:
    """A switch."""

    receiver: str = strawberry.field(description=NAME)
    enabled: bool = strawberry.field(description="True switches the receiver on, false switches it off.")
    catch_up: bool = strawberry.field(
        default=True,
        description=(
            "Used when the receiver is switched on. True handles the deliveries that waited. False marks them as "
            "`SKIPPED`; they stay skipped unless they are retried."
        ),
    )


@strawberry.type(description="The result of `setReceiverEnabled`.")
class SetReceiverEnabledPayload:
    """A switched receiver."""

    receiver: Receiver | None = strawberry.field(description="The receiver. Null if the input was refused.")
    skipped: int = strawberry.field(description="The number of deliveries that were skipped.")
    user_errors: list[ReceiverUserError] = strawberry.field(description=ERRORS)


@strawberry.input(description="The delivery to retry.")
class RetryDeliveryInput:
    """A delivery."""

    id: strawberry.ID = strawberry.field(
        description=("The delivery's `id`. Its status must be `DEAD`, `RETRYING` or `SKIPPED`.")
    )


@strawberry.type(description="The result of `retryDelivery`.")
class RetryDeliveryPayload:
    """A delivery that is tried again."""

    delivery: Delivery | None = strawberry.field(description="The delivery. Null if the input was refused.")
    user_errors: list[ReceiverUserError] = strawberry.field(description=ERRORS)


@strawberry.input(description="A receiver, and the events that it should handle again.")
class ReplayEventsInput:
    """A part of the log."""

    receiver: str = strawberry.field(description=NAME)
    after: str | None = strawberry.field(
        default=None, description="Replay events after this cursor. Defaults to the oldest stored event."
    )
    until: str | None = strawberry.field(
        default=None, description="Replay events up to and including this cursor. Defaults to the newest event."
    )
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="Replay only events of the order with this `id`. Defaults to all orders."
    )
    occurred_at: MomentFilter | None = strawberry.field(
        default=None, description="Replay only events that occurred in this period. Defaults to any time."
    )


@strawberry.type(description="The result of `replayEvents`.")
class ReplayEventsPayload:
    """The result of a replay."""

    dry_run: bool = strawberry.field(
        description=(
            "Whether this was a dry run. If so, nothing was changed, and the numbers show what a real run would change."
        )
    )
    events: int = strawberry.field(
        description=(f"The number of events that were examined, at most {MAX_REPLAYED:,} in one call.")
    )
    reopened: int = strawberry.field(description="The number of finished deliveries that were opened again.")
    opened: int = strawberry.field(
        description=("The number of new deliveries, for events that the receiver has not handled before.")
    )
    has_more: bool = strawberry.field(
        description=("Whether there are more events to replay. If so, call again with `endCursor` as `after`.")
    )
    end_cursor: str | None = strawberry.field(
        description=(
            "The cursor of the last examined event. Pass it as `after` in the next call. Null if the input was refused."
        )
    )
    user_errors: list[ReceiverUserError] = strawberry.field(description=ERRORS)

    @classmethod
    def refused(cls, error: UnknownReceiver, *, dry_run: bool) -> Self:
        """The result for a receiver that does not exist or has no deliveries."""
        refusals = [ReceiverUserError.of(error, "receiver")]
        return cls(
            dry_run=dry_run, events=0, reopened=0, opened=0, has_more=False, end_cursor=None, user_errors=refusals
        )


@strawberry.type
class LedgerMutation:
    """The mutations of the ledger; all of them need the scope ``receivers:write``."""

    @strawberry.mutation(
        description=(
            "Switch a receiver on or off for your tenant. The change takes effect on every server within one second."
        ),
        extensions=[HasScope("receivers:write")],
    )
    def set_receiver_enabled(
        self, info: Info[Context, None], input: Input[SetReceiverEnabledInput]
    ) -> SetReceiverEnabledPayload:
        try:
            skipped = operations.switch_receiver(
                input.receiver, enabled=input.enabled, catch_up=input.catch_up, tenant_id=tenant_of(info)
            )
        except UnknownReceiver as error:
            refusals = [ReceiverUserError.of(error, "receiver")]
            return SetReceiverEnabledPayload(receiver=None, skipped=0, user_errors=refusals)
        receiver = receiver_for(info, input.receiver)
        return SetReceiverEnabledPayload(receiver=receiver, skipped=skipped, user_errors=[])

    @strawberry.mutation(
        description="Retry a delivery now.",
        extensions=[HasScope("receivers:write")],
    )
    def retry_delivery(self, input: Input[RetryDeliveryInput]) -> RetryDeliveryPayload:
        try:
            delivery = operations.retry(uuid_of(input.id, "Delivery"))
        except (DeliveryNotFound, NotRetryable) as error:
            return RetryDeliveryPayload(delivery=None, user_errors=[ReceiverUserError.of(error, "id")])
        return RetryDeliveryPayload(delivery=delivery, user_errors=[])  # type: ignore[arg-type]  # a row of the type

    @strawberry.mutation(
        description=(
            "Make a receiver handle events again. Mails and outside calls carry the same keys as before, so the "
            "recipient can drop duplicates. The audit trail does not change."
        ),
        extensions=[HasScope("receivers:write")],
    )
    def replay_events(
        self,
        info: Info[Context, None],
        input: Input[ReplayEventsInput],
        dry_run: DryRun = False,
    ) -> ReplayEventsPayload:
        asked = operations.Replay(
            receiver=input.receiver,
            after=None if input.after is None else position_of(info, input.after),
            until=None if input.until is None else position_of(info, input.until),
            order_id=None if input.order_id is None else uuid_of(input.order_id, "Order"),
            occurred_at=moments_of(input.occurred_at),
        )
        try:
            done = operations.replay(asked, limit=MAX_REPLAYED, dry_run=dry_run)
        except UnknownReceiver as error:
            return ReplayEventsPayload.refused(error, dry_run=dry_run)
        except CursorExpired as error:
            raise expired(tenant_of(info), error) from None
        return ReplayEventsPayload(
            dry_run=dry_run,
            events=done.events,
            reopened=done.reopened,
            opened=done.opened,
            has_more=done.more,
            end_cursor=cursors.encode(tenant_of(info), done.last),
            user_errors=[],
        )
