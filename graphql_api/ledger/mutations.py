"""What a client may do to its tenant's receivers and deliveries."""

from typing import Annotated, TypeVar

import strawberry
from strawberry.types import Info

from events import cursors, operations
from events.errors import CursorExpired, DeliveryNotFound, NotRetryable, UnknownReceiver
from graphql_api.ids import uuid_of
from graphql_api.live import expired
from graphql_api.permissions import HasScope
from graphql_api.types.connections import tenant_of
from graphql_api.types.deliveries import Delivery, Receiver, receiver_for
from graphql_api.types.enums import OrderErrorCode
from graphql_api.types.event_pages import position_of
from graphql_api.types.outcomes import UserError
from graphql_api.where import MomentFilter, moments_of
from graphql_server.context import Context
from graphql_server.errors import ApiError, Code

MAX_REPLAYED = 1000
NAME = "The receiver's name; see `receivers`."
T = TypeVar("T")
Input = Annotated[T, strawberry.argument(description="What to do.")]


@strawberry.input(description="A receiver to be switched for your tenant.")
class SetReceiverEnabledInput:
    """A switch."""

    receiver: str = strawberry.field(description=NAME)
    enabled: bool = strawberry.field(description="On or off.")
    catch_up: bool = strawberry.field(
        default=True,
        description=(
            "When it is switched on: whether what waited for it is done; else those deliveries become `SKIPPED`, "
            "and stay so unless they are retried."
        ),
    )


@strawberry.type(description="The answer of `setReceiverEnabled`.")
class SetReceiverEnabledPayload:
    """A switched receiver."""

    receiver: Receiver = strawberry.field(description="The receiver.")
    skipped: int = strawberry.field(description="How many deliveries were skipped.")


@strawberry.input(description="A delivery to be tried again.")
class RetryDeliveryInput:
    """A delivery."""

    id: strawberry.ID = strawberry.field(description="The delivery's `id`; it is `DEAD`, `RETRYING` or `SKIPPED`.")


@strawberry.type(description="The answer of `retryDelivery`.")
class RetryDeliveryPayload:
    """A delivery that is tried again."""

    delivery: Delivery | None = strawberry.field(description="The delivery; null if nothing was done.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.")


@strawberry.input(description="Events that a receiver is to handle again.")
class ReplayEventsInput:
    """A part of the log."""

    receiver: str = strawberry.field(description=NAME)
    after: str | None = strawberry.field(
        default=None, description="Those after the event with this cursor; from the oldest that is kept if not given."
    )
    until: str | None = strawberry.field(
        default=None, description="Those up to the event with this cursor; to the newest if not given."
    )
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those of the order with this `id`; of all if not given."
    )
    occurred_at: MomentFilter | None = strawberry.field(
        default=None, description="Those that occurred then; at any time if not given."
    )


@strawberry.type(description="The answer of `replayEvents`.")
class ReplayEventsPayload:
    """What a replay came to."""

    dry_run: bool = strawberry.field(description="Whether nothing was done: the numbers say what would have been.")
    events: int = strawberry.field(description=f"How many events were looked at: at most {MAX_REPLAYED:,} at once.")
    reopened: int = strawberry.field(description="How many finished deliveries are done again.")
    opened: int = strawberry.field(description="How many events are handled that the receiver never knew of.")
    has_more: bool = strawberry.field(description="Whether there are more events; call again with `endCursor`.")
    end_cursor: str = strawberry.field(description="The position behind the last of them, to be the next `after`.")


def unknown(error: UnknownReceiver) -> ApiError:
    """What the client is told of a name that no receiver has."""
    return ApiError(Code.BAD_USER_INPUT, str(error))


@strawberry.type
class LedgerMutation:
    """What Mutation has for the ledger; all of it needs the scope ``receivers:write``."""

    @strawberry.mutation(
        description="Switch a receiver on or off for your tenant; in force everywhere within a second.",
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
            raise unknown(error) from None
        return SetReceiverEnabledPayload(receiver=receiver_for(info, input.receiver), skipped=skipped)

    @strawberry.mutation(
        description="Try a delivery again, now.",
        extensions=[HasScope("receivers:write")],
    )
    def retry_delivery(self, input: Input[RetryDeliveryInput]) -> RetryDeliveryPayload:
        try:
            delivery = operations.retry(uuid_of(input.id, "Delivery"))
        except (DeliveryNotFound, NotRetryable) as error:
            said = UserError(code=OrderErrorCode[error.code], field=["id"], message=str(error))
            return RetryDeliveryPayload(delivery=None, user_errors=[said])
        return RetryDeliveryPayload(delivery=delivery, user_errors=[])  # type: ignore[arg-type]  # a row of the type

    @strawberry.mutation(
        description=(
            "Have a receiver handle events again. Mails and calls go out under the same keys as the first time, so "
            "that who gets them can fold the repeats; the audit trail stays as it is."
        ),
        extensions=[HasScope("receivers:write")],
    )
    def replay_events(
        self,
        info: Info[Context, None],
        input: Input[ReplayEventsInput],
        dry_run: Annotated[bool, strawberry.argument(description="Only say what would be done.")] = True,
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
            raise unknown(error) from None
        except CursorExpired as error:
            raise expired(tenant_of(info), error) from None
        return ReplayEventsPayload(
            dry_run=dry_run,
            events=done.events,
            reopened=done.reopened,
            opened=done.opened,
            has_more=done.more,
            end_cursor=cursors.encode(tenant_of(info), done.last),
        )
