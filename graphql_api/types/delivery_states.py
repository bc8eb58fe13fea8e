"""The statuses of deliveries, and how attempts fail."""

from enum import Enum
from typing import TypeAlias

import strawberry

from events import models
from events.errors import FAILED, TIMED_OUT, UNAVAILABLE
from graphql_api.types.enums import describe

describe(
    models.Delivery.Status,
    "DeliveryStatus",
    "The status of a delivery.",
    {
        "PENDING": "It waits for its first attempt.",
        "RUNNING": "An attempt is running.",
        "SUCCEEDED": "The receiver handled the event.",
        "RETRYING": "An attempt failed, and another one will follow.",
        "DEAD": "The last attempt failed. `retryDelivery` opens the delivery again.",
        "SKIPPED": "The delivery was skipped on purpose. `retryDelivery` opens it again.",
    },
)
DeliveryStatus: TypeAlias = models.Delivery.Status


@strawberry.enum(description="The kind of a failure.")
class DeliveryFailureCode(Enum):
    """The codes of :mod:`events.errors`."""

    FAILED = strawberry.enum_value(FAILED, description="The receiver raised an error.")
    TIMED_OUT = strawberry.enum_value(TIMED_OUT, description="The attempt took too long, or its worker stopped.")
    UNAVAILABLE = strawberry.enum_value(
        UNAVAILABLE, description=("A service that the receiver needs could not be reached.")
    )


@strawberry.type(
    description=(
        "The failure of a delivery's last attempt. The cause is in the server's logs, under the delivery's id."
    )
)
class DeliveryFailure:
    """A masked error."""

    code: DeliveryFailureCode = strawberry.field(description="The kind of failure.")
    message: str = strawberry.field(
        description=("The same as an English sentence. It contains no details beyond the code.")
    )


MESSAGES = {
    DeliveryFailureCode.FAILED: "The last attempt failed.",
    DeliveryFailureCode.TIMED_OUT: "The last attempt took too long.",
    DeliveryFailureCode.UNAVAILABLE: "What the last attempt needs could not be reached.",
}
