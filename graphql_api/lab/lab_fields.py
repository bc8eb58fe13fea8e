"""The signal lab's fields. The schema always has them; they answer where ``./dev up`` has opened the lab."""

from typing import Annotated, TypeVar

import strawberry
from strawberry.types import Info

from events.errors import UnknownReceiver
from events.lab import lab
from events.operations import receiver_with_deliveries
from graphql_api.access.permissions import HasScope, Requirement
from graphql_api.administration.delivery_mutations import NAME, unknown
from graphql_api.context import Context
from graphql_api.lab.lab_types import EffectCount, FaultMode, Lab, Plug, plug_of
from graphql_api.pages.event_pages import position_of
from graphql_server.errors import ApiError, Code
from orders.integrity.effects import Effects
from tenants.context import Caller

SCOPE = HasScope("receivers:write")
ONLY_THERE = " Available only in the open demo of `./dev up`; elsewhere it is `FORBIDDEN`."
MOST_FAILURES = 100
T = TypeVar("T")
Input = Annotated[T, strawberry.argument(description="The mutation's input.")]


class InTheLab(Requirement):
    """For the open demo on loopback, in a process that has opened the lab."""

    def check(self, caller: Caller) -> None:
        if not caller.is_demo or lab.the_lab() is None:
            raise ApiError(Code.FORBIDDEN, "The signal lab is available only in the open demo of ./dev up.")


def opened() -> lab.Lab:
    """The lab, which :class:`InTheLab` has seen."""
    found = lab.the_lab()
    if found is None:
        raise ApiError(Code.FORBIDDEN, "The signal lab has been closed.")
    return found


@strawberry.input(description="A receiver, and how it should fail.")
class BreakReceiverInput:
    """A fault to put in."""

    receiver: str = strawberry.field(description=f"{NAME} It must be a receiver that has deliveries.")
    mode: FaultMode = strawberry.field(description="Which of the receiver's attempts fail.")
    count: int = strawberry.field(
        default=1, description=f"With `NEXT`, the number of attempts that fail, from 1 to {MOST_FAILURES}."
    )


@strawberry.input(description="The receiver to repair.")
class RepairReceiverInput:
    """A fault to take out."""

    receiver: str = strawberry.field(description=NAME)


@strawberry.input(description="A component, and how long to unplug it.")
class PullPlugInput:
    """A plug and a time."""

    plug: Plug = strawberry.field(description="The component to unplug.")
    seconds: int = strawberry.field(
        description=(f"How long the component stays unplugged, in seconds, from 1 to {lab.MOST_SECONDS}.")
    )


@strawberry.type(description="The result of the lab's mutations.")
class LabPayload:
    """The lab afterwards."""

    lab: Lab = strawberry.field(description="The lab after the change.")


def within(value: int, most: int, name: str) -> int:
    """A whole number from 1.

    Raises:
        ApiError: it is not within the bounds.
    """
    if not 1 <= value <= most:
        raise ApiError(Code.BAD_USER_INPUT, f"{name} must be from 1 to {most}.")
    return value


@strawberry.type
class LabQuery:
    """What Query has of the lab."""

    @strawberry.field(description=f"The state of the signal lab.{ONLY_THERE}", extensions=[SCOPE, InTheLab()])
    def lab(self) -> Lab:
        return Lab(lab=opened())

    @strawberry.field(
        description=(
            "Checks that every event had each of its effects exactly once, by counting stored rows and mails. "
            f"Covers at most the newest 5,000 events.{ONLY_THERE}"
        ),
        extensions=[SCOPE, InTheLab()],
    )
    def lab_effects(
        self,
        info: Info[Context, None],
        after: Annotated[str | None, strawberry.argument(description="Count only events after this cursor.")] = None,
    ) -> list[EffectCount]:
        return [EffectCount.of(one) for one in Effects(0 if after is None else position_of(info, after)).all()]


@strawberry.type
class LabMutation:
    """What Mutation has for the lab."""

    @strawberry.mutation(
        description=(
            f"Make a receiver's attempts fail. While it is broken, each of its deliveries has {lab.ATTEMPTS} "
            f"attempts.{ONLY_THERE}"
        ),
        extensions=[SCOPE, InTheLab()],
    )
    def break_receiver(self, input: Input[BreakReceiverInput]) -> LabPayload:
        try:
            receiver = receiver_with_deliveries(input.receiver)
        except UnknownReceiver as error:
            raise unknown(error) from None
        count = within(input.count, MOST_FAILURES, "count")
        opened().break_receiver(receiver, lab.FaultMode(input.mode.value), count)
        return LabPayload(lab=Lab(lab=opened()))

    @strawberry.mutation(
        description=(
            f"Repair a broken receiver. Deliveries that are `DEAD` stay so until `retryDelivery`.{ONLY_THERE}"
        ),
        extensions=[SCOPE, InTheLab()],
    )
    def repair_receiver(self, input: Input[RepairReceiverInput]) -> LabPayload:
        opened().repair_receiver(input.receiver)
        return LabPayload(lab=Lab(lab=opened()))

    @strawberry.mutation(
        description=f"Unplug a component for some seconds. It is plugged in again automatically.{ONLY_THERE}",
        extensions=[SCOPE, InTheLab()],
    )
    def pull_plug(self, input: Input[PullPlugInput]) -> LabPayload:
        seconds = within(input.seconds, lab.MOST_SECONDS, "seconds")
        pull(opened(), input.plug, seconds)
        return LabPayload(lab=Lab(lab=opened()))


def pull(the_lab: lab.Lab, plug: Plug, seconds: float) -> None:
    """Pull one of the plugs.

    Raises:
        ApiError: what it would pull is not in this process.
    """
    if not plug_of(the_lab, plug).available:
        raise ApiError(Code.BAD_USER_INPUT, "It does not run in this process, so it cannot be unplugged here.")
    if plug is Plug.WORKER:
        the_lab.pause_worker(seconds)
    else:
        the_lab.drop_messages(seconds)
