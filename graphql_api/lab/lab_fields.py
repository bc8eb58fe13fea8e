"""The signal lab's fields. The schema always has them; they answer where ``./dev up`` has opened the lab."""

from typing import Annotated

import strawberry
from strawberry.types import Info

from events.errors import UnknownReceiver
from events.lab import lab
from events.operations import receiver_with_deliveries
from graphql_api.access.context import Context
from graphql_api.access.permissions import HasScope, Requirement
from graphql_api.administration.delivery_mutations import ERRORS, NAME
from graphql_api.lab.lab_types import EffectCount, FaultMode, Lab, Plug, plug_of
from graphql_api.pages.event_pages import position_of
from graphql_api.types.arguments import Input
from graphql_api.types.receivers import ReceiverErrorCode, ReceiverUserError
from graphql_server.errors import ApiError, Code
from orders.integrity.effects import Effects
from tenants.context import Caller

SCOPE = HasScope("receivers:write")
ONLY_THERE = " Available only in the open demo of `./dev up`; elsewhere it is `FORBIDDEN`."
MOST_FAILURES = 100


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

    receiver: str = strawberry.field(description=f"{NAME} The receiver must have deliveries.")
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

    lab: Lab = strawberry.field(description="The lab after the change, or unchanged if the input was refused.")
    user_errors: list[ReceiverUserError] = strawberry.field(description=ERRORS)


def answer(*errors: ReceiverUserError) -> LabPayload:
    """The lab as it is now, and why an input was refused."""
    return LabPayload(lab=Lab(lab=opened()), user_errors=list(errors))


def wrong(field: str, message: str) -> ReceiverUserError:
    """An error in a field of the input."""
    return ReceiverUserError(code=ReceiverErrorCode.INVALID, field=[field], message=message)


def within(value: int, most: int, field: str) -> list[ReceiverUserError]:
    """An error if the number is not from 1 to ``most``."""
    return [] if 1 <= value <= most else [wrong(field, f"Must be from 1 to {most}; it is {value}.")]


@strawberry.type
class LabQuery:
    """The queries of the lab."""

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
    """The mutations of the lab."""

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
            return answer(ReceiverUserError.of(error, "receiver"))
        if errors := within(input.count, MOST_FAILURES, "count"):
            return answer(*errors)
        opened().break_receiver(receiver, lab.FaultMode(input.mode.value), input.count)
        return answer()

    @strawberry.mutation(
        description=(f"Repair a broken receiver. `DEAD` deliveries stay dead until `retryDelivery`.{ONLY_THERE}"),
        extensions=[SCOPE, InTheLab()],
    )
    def repair_receiver(self, input: Input[RepairReceiverInput]) -> LabPayload:
        opened().repair_receiver(input.receiver)
        return answer()

    @strawberry.mutation(
        description=f"Unplug a component for a few seconds. The server plugs it in again automatically.{ONLY_THERE}",
        extensions=[SCOPE, InTheLab()],
    )
    def pull_plug(self, input: Input[PullPlugInput]) -> LabPayload:
        errors = within(input.seconds, lab.MOST_SECONDS, "seconds")
        if not plug_of(opened(), input.plug).available:
            errors.append(wrong("plug", "It does not run in this process, so it cannot be unplugged here."))
        if not errors:
            pull(opened(), input.plug, input.seconds)
        return answer(*errors)


def pull(the_lab: lab.Lab, plug: Plug, seconds: float) -> None:
    """Disconnect a part of the system for a while."""
    if plug is Plug.WORKER:
        the_lab.pause_worker(seconds)
    else:
        the_lab.drop_messages(seconds)
