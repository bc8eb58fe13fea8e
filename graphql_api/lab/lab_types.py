"""The signal lab: parts that are broken on purpose, and proof that nothing is lost."""

import inspect
from enum import Enum

import strawberry

from events.lab import lab
from events.receivers import RECEIVERS
from orders.integrity import effects


@strawberry.enum(description="Which attempts of a broken receiver fail.")
class FaultMode(Enum):
    """The modes of :mod:`events.lab.lab`."""

    ALWAYS = strawberry.enum_value(lab.FaultMode.ALWAYS, description="Every attempt fails.")
    EVERY_THIRD = strawberry.enum_value(lab.FaultMode.EVERY_THIRD, description="Every third attempt fails.")
    NEXT = strawberry.enum_value(lab.FaultMode.NEXT, description="The next `count` attempts fail.")


@strawberry.enum(description="A component that the lab can unplug for some seconds.")
class Plug(Enum):
    """The plugs of :mod:`events.lab.lab`."""

    CHANNEL_LAYER = strawberry.enum_value(
        "layer",
        description=("The channel layer. While it is unplugged, notifications to live subscribers are dropped."),
    )
    WORKER = strawberry.enum_value(
        "worker", description=("The background worker. While it is unplugged, it takes no tasks.")
    )


@strawberry.enum(description="The kinds of effect that an order's events have.")
class EffectKind(Enum):
    """The kinds of :mod:`orders.integrity.effects`."""

    EVENT = strawberry.enum_value(effects.Kind.EVENT, description="The event that records that an order was placed.")
    PLACE = strawberry.enum_value(
        effects.Kind.PLACE, description=("The event's sequence number in the tenant's event log.")
    )
    AUDIT_RECORD = strawberry.enum_value(effects.Kind.AUDIT_RECORD, description="The audit trail's record of an event.")
    PROCESSING = strawberry.enum_value(
        effects.Kind.PROCESSING, description=("The finished background processing of an order.")
    )
    MAIL = strawberry.enum_value(
        effects.Kind.MAIL, description=("The mail to the customer, identified by its Message-ID.")
    )


@strawberry.type(description="A fault that the lab put into a receiver, with counts of its attempts.")
class ReceiverFault:
    """A fault that was put in."""

    fault: strawberry.Private[lab.Fault]

    @strawberry.field(description="Which attempts fail.")
    def mode(self) -> FaultMode:
        return FaultMode(self.fault.mode)

    @strawberry.field(description=("The number of attempts that will still fail. Null unless the mode is `NEXT`."))
    def left(self) -> int | None:
        return self.fault.left

    @strawberry.field(description="The number of attempts since the receiver was broken.")
    def attempts(self) -> int:
        return self.fault.attempts

    @strawberry.field(description="The number of those attempts that failed because of the fault.")
    def failed(self) -> int:
        return self.fault.failed


@strawberry.type(description="A receiver in the signal lab.")
class LabReceiver:
    """A receiver's code and fault."""

    name: str = strawberry.field(description="The receiver's name.")
    lab: strawberry.Private[lab.Lab]

    @strawberry.field(description="The source code of the receiver, as this server runs it.")
    def source(self) -> str:
        return inspect.getsource(RECEIVERS[self.name].handler).strip()

    @strawberry.field(description="The path of the file that defines the receiver.")
    def file(self) -> str:
        return f"{RECEIVERS[self.name].handler.__module__.replace('.', '/')}.py"

    @strawberry.field(
        description=("The fault that the lab put into the receiver. Null if the receiver works normally.")
    )
    def fault(self) -> ReceiverFault | None:
        fault = self.lab.faults.get(self.name)
        return ReceiverFault(fault=fault) if fault else None


@strawberry.type(description="A component that the lab can unplug, and its state.")
class LabPlug:
    """A plug and how it is."""

    plug: Plug = strawberry.field(description="The component.")
    state: strawberry.Private[lab.Plug]

    @strawberry.field(
        description=(
            "Whether the component can be unplugged on this server. Only a component that runs in the server's own "
            "process can."
        )
    )
    def is_available(self) -> bool:
        return self.state.available

    @strawberry.field(
        description=("The number of seconds until the component is plugged in again. 0 if it is plugged in.")
    )
    def seconds_left(self) -> float:
        return self.state.seconds_left

    @strawberry.field(description=("The number of messages dropped since the server started. Always 0 for the worker."))
    def dropped(self) -> int:
        return self.state.lost


@strawberry.type(description="The number of effects of one kind: expected, done, waiting and missing.")
class EffectCount:
    """A row of the count."""

    kind: EffectKind = strawberry.field(description="The kind of effect.")
    expected: int = strawberry.field(description="The number of effects that should exist.")
    done: int = strawberry.field(description="The number of effects that exist. Repeats count once.")
    waiting: int = strawberry.field(description="The number of missing effects whose delivery is not finished yet.")
    dead: int = strawberry.field(
        description=(
            "The number of missing effects whose delivery is `DEAD` after its last attempt. See `retryDelivery`."
        )
    )
    skipped: int = strawberry.field(
        description=("The number of missing effects whose delivery is `SKIPPED`. See `setReceiverEnabled`.")
    )
    lost: int = strawberry.field(
        description=("The number of missing effects without an open, dead or skipped delivery. It should be 0.")
    )
    doubled: int = strawberry.field(description="The number of effects that exist more than once. It should be 0.")

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


@strawberry.type(
    description=("The signal lab, where a demo breaks receivers, the channel layer and the worker on purpose.")
)
class Lab:
    """The lab of ``./dev up``."""

    lab: strawberry.Private[lab.Lab]

    @strawberry.field(description="Every receiver, sorted by name.")
    def receivers(self) -> list[LabReceiver]:
        return [LabReceiver(name=name, lab=self.lab) for name in sorted(RECEIVERS)]

    @strawberry.field(description="The components that the lab can unplug.")
    def plugs(self) -> list[LabPlug]:
        return [LabPlug(plug=plug, state=plug_of(self.lab, plug)) for plug in Plug]
