"""The signal lab: what is broken on purpose, and that nothing comes of it."""

import inspect
from enum import Enum

import strawberry

from events import lab
from events.receivers import RECEIVERS
from orders import effects


@strawberry.enum(description="Which attempts of a broken receiver fail.")
class FaultMode(Enum):
    """The modes of :mod:`events.lab`."""

    ALWAYS = strawberry.enum_value(lab.FaultMode.ALWAYS, description="All.")
    EVERY_THIRD = strawberry.enum_value(lab.FaultMode.EVERY_THIRD, description="One of three.")
    NEXT = strawberry.enum_value(lab.FaultMode.NEXT, description="The next ones, so many as are named.")


@strawberry.enum(description="What can be pulled out for a while.")
class Plug(Enum):
    """The plugs of :mod:`events.lab`."""

    CHANNEL_LAYER = strawberry.enum_value("layer", description="What is sent to live subscribers is dropped.")
    WORKER = strawberry.enum_value("worker", description="The worker takes no tasks.")


@strawberry.enum(description="What an order's events bring about.")
class EffectKind(Enum):
    """The kinds of :mod:`orders.effects`."""

    EVENT = strawberry.enum_value(effects.Kind.EVENT, description="The event that tells that an order was placed.")
    PLACE = strawberry.enum_value(effects.Kind.PLACE, description="An event's place in the tenant's stream.")
    AUDIT_RECORD = strawberry.enum_value(effects.Kind.AUDIT_RECORD, description="The audit trail's record of an event.")
    PROCESSING = strawberry.enum_value(effects.Kind.PROCESSING, description="The background work on an order, done.")
    MAIL = strawberry.enum_value(effects.Kind.MAIL, description="The mail to the customer, told by its Message-ID.")


@strawberry.type(description="How a receiver is broken, and what came of it so far.")
class ReceiverFault:
    """A fault that was put in."""

    fault: strawberry.Private[lab.Fault]

    @strawberry.field(description="Which attempts fail.")
    def mode(self) -> FaultMode:
        return FaultMode(self.fault.mode)

    @strawberry.field(description="How many attempts are still to fail; null unless the mode is `NEXT`.")
    def left(self) -> int | None:
        return self.fault.left

    @strawberry.field(description="How many attempts it has seen.")
    def attempts(self) -> int:
        return self.fault.attempts

    @strawberry.field(description="How many of them it made fail.")
    def failed(self) -> int:
        return self.fault.failed


@strawberry.type(description="A receiver in the lab.")
class LabReceiver:
    """A receiver's code and fault."""

    name: str = strawberry.field(description="Its name.")
    lab: strawberry.Private[lab.Lab]

    @strawberry.field(description="Its source, as it runs here.")
    def source(self) -> str:
        return inspect.getsource(RECEIVERS[self.name].handler).strip()

    @strawberry.field(description="The file that it stands in.")
    def file(self) -> str:
        return f"{RECEIVERS[self.name].handler.__module__.replace('.', '/')}.py"

    @strawberry.field(description="How it is broken; null if it is whole.")
    def fault(self) -> ReceiverFault | None:
        fault = self.lab.faults.get(self.name)
        return ReceiverFault(fault=fault) if fault else None


@strawberry.type(description="Something that can be pulled out for a while.")
class LabPlug:
    """A plug and how it is."""

    plug: Plug = strawberry.field(description="What it is.")
    state: strawberry.Private[lab.Plug]

    @strawberry.field(description="Whether it can be pulled here: only what runs in memory can.")
    def is_available(self) -> bool:
        return self.state.available

    @strawberry.field(description="How many seconds it is still out; 0 if it is in.")
    def seconds_left(self) -> float:
        return self.state.seconds_left

    @strawberry.field(description="How many messages it has dropped since the start; the worker drops none.")
    def dropped(self) -> int:
        return self.state.lost


@strawberry.type(description="How many effects of one kind there should be, and what has become of them.")
class EffectCount:
    """A row of the count."""

    kind: EffectKind = strawberry.field(description="The kind.")
    expected: int = strawberry.field(description="How many there should be.")
    done: int = strawberry.field(description="How many there are, repeats counted once.")
    waiting: int = strawberry.field(description="How many are still to come: the ledger owes them.")
    dead: int = strawberry.field(description="How many were given up after their last attempt; see `retryDelivery`.")
    skipped: int = strawberry.field(description="How many were left out on purpose; see `setReceiverEnabled`.")
    lost: int = strawberry.field(description="How many are missing without anybody knowing of it.")
    doubled: int = strawberry.field(description="How many there are too many.")

    @classmethod
    def of(cls, found: effects.Effect) -> "EffectCount":
        """A count in the API's types."""
        return cls(
            kind=EffectKind(found.kind),
            expected=found.expected,
            done=found.done,
            waiting=found.waiting,
            dead=found.dead,
            skipped=found.skipped,
            lost=found.lost,
            doubled=found.doubled,
        )


def plug_of(the_lab: lab.Lab, plug: Plug) -> lab.Plug:
    """The plug of this name."""
    return the_lab.worker if plug is Plug.WORKER else the_lab.layer


@strawberry.type(description="The signal lab: receivers, channel layer and worker, to be broken on purpose.")
class Lab:
    """The lab of ``./dev up``."""

    lab: strawberry.Private[lab.Lab]

    @strawberry.field(description="Every receiver, by name.")
    def receivers(self) -> list[LabReceiver]:
        return [LabReceiver(name=name, lab=self.lab) for name in sorted(RECEIVERS)]

    @strawberry.field(description="What can be pulled out, and how it is.")
    def plugs(self) -> list[LabPlug]:
        return [LabPlug(plug=plug, state=plug_of(self.lab, plug)) for plug in Plug]
