"""A subscriber to a value of which only the newest counts."""

from collections.abc import Callable

from graphql_server.execution.executor import Operation as Request
from graphql_server.live.group import Group
from graphql_server.live.latest import Latest, Pace, ValueRegistry, Values
from graphql_server.live.member import Groups, Member
from graphql_server.live.payloads import Payloads
from graphql_server.metrics import DELIVERIES
from graphql_server.ports.callers import Caller
from graphql_server.ports.event_source import Tenant


class LatestGroup(Group):
    """Equal subscriptions to one value."""

    __slots__ = ("latest", "values")

    def __init__(
        self,
        values: ValueRegistry,
        latest: Latest,
        tenant_id: Tenant,
        payloads: Payloads,
        request: Request,
        forget: Callable[[], object],
    ) -> None:
        super().__init__(tenant_id, payloads, request, forget)
        self.values = values
        self.latest = latest


class LatestMember(Member[LatestGroup]):
    """Sends the newest value as fast as the client takes it, and misses those in between."""

    __slots__ = ("_number", "_pace", "_values")

    _values: Values

    def __init__(self, groups: Groups, group: LatestGroup, request: Request, caller: Caller) -> None:
        super().__init__(groups, group, request, caller)
        self._pace = Pace()
        self._number = 0
        """The number of the value that was sent last."""

    def enter(self) -> None:
        """Begin with the newest value, unless it has been sent."""
        group = self.group
        group.count(self.request)
        self._values = group.values.of(group.tenant_id, group.latest)
        self._values.hold()
        self.run(self._send_all)

    def leave(self) -> None:
        """Leave the values and the group."""
        self._values.release()
        self.group.discount()

    async def go_on(self, caller: Caller) -> None:
        """Go on under other rights with the same values."""
        values = self._values
        values.hold()
        try:
            await super().go_on(caller)
        finally:
            values.release()

    async def _send_all(self) -> None:
        while True:
            await self._pace.wait()
            number, value = await self._values.after(self._number)
            self._pace.begin()
            await self.operation.send(await self.shown(number, value))
            DELIVERIES.inc()
            self._number = number
