"""A broadcaster with much to send lets others work, in slices of a clock that the test turns."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest

from graphql_server.live.broadcaster import BURST, Broadcaster
from graphql_server.live.stream.time_slice import SLICE_SECONDS
from graphql_server.metrics import NO_OBSERVER
from graphql_server.websocket.outbox import MessageFormat
from graphql_server.websocket.server_messages import messages_of
from graphql_server.websocket.window import Window

PUT, MATCH, MAKE, DELIVER = 0.000_01, 0.000_002, 0.000_05, 0.000_5
"""The seconds that each kind of work takes by the clock."""
MOST_SECONDS = SLICE_SECONDS + BURST * PUT
"""How long a broadcaster may keep others waiting: a slice, and the burst in which it ends."""


class Clock:
    """Turns when something works, and notes who has worked for how long without a break."""

    def __init__(self) -> None:
        self.now = 0.0
        self.turns: list[tuple[str, float]] = []

    def __call__(self) -> float:
        return self.now

    def work(self, who: str, seconds: float) -> None:
        self.now += seconds
        if self.turns and self.turns[-1][0] == who:
            seconds += self.turns.pop()[1]
        self.turns.append((who, seconds))

    def longest_wait(self, waiting: str) -> float:
        """The longest turn of all others before the last turn of ``waiting``."""
        last = max(place for place, (who, _) in enumerate(self.turns) if who == waiting)
        return max((seconds for who, seconds in self.turns[:last] if who != waiting), default=0.0)


@dataclass
class Event:
    """An event."""

    sequence: int
    id: int = 0


@dataclass(eq=False)
class Member:
    """A live member. With ``takes_frames=False`` each event has to be offered to it."""

    put: Callable[[bytes], object]
    deliver_one: Callable[[], None]
    takes_frames: bool = True
    messages: MessageFormat = field(default_factory=partial(messages_of, "1"))
    is_live: bool = True
    delivered: int = 0
    got: list[int] = field(default_factory=list)

    @property
    def outbox(self) -> Any:
        return SimpleNamespace(put=self.put, window=Window(1 << 40, is_direct=self.takes_frames))

    def deliver(self, event: Event, sequence: int, payload: bytes | None) -> None:
        self.deliver_one()
        self.got.append(sequence)
        self.delivered = sequence


@dataclass(eq=False)
class Group:
    """A group, which is its own topic and makes its own payloads."""

    members: dict[Member, None]
    works: Callable[[float], None]
    matches_all: bool = True
    has_layouts: bool = False
    reads_database: bool = False
    subscriptions: int = 1
    requirement: None = None
    fail: Any = None

    @property
    def topic(self) -> "Group":
        return self

    @property
    def payloads(self) -> "Group":
        return self

    def matches(self, event: Event) -> bool:
        self.works(MATCH)
        return self.matches_all

    def live(self, number: int, event: Event, shown: object) -> bytes:
        self.works(MAKE)
        return b'{"data":%d}' % number


class Tenant:
    """A broadcaster, and the work of its groups on the clock."""

    def __init__(self, clock: Clock, name: str) -> None:
        async def follow(_: int) -> Any:
            await asyncio.Event().wait()
            yield

        self.clock, self.name = clock, name
        self.frames: list[bytes] = []
        self.groups: list[Group] = []
        source = SimpleNamespace(encode=lambda tenant_id, sequence: str(sequence), facets=lambda _: ())
        feed = SimpleNamespace(tenant_id=name, follow=follow, source=source, observer=NO_OBSERVER)
        self.broadcaster = Broadcaster(cast("Any", feed), 0, reads_database=False, clock=clock)

    def works(self, seconds: float) -> None:
        self.clock.work(self.name, seconds)

    def add(self, members: int = 1, *, takes_frames: bool = True, matches: bool = True) -> list[Member]:
        def put(frame: bytes) -> None:
            self.works(PUT)
            self.frames.append(frame)

        made = [Member(put, lambda: self.works(DELIVER), takes_frames) for _ in range(members)]
        self.groups.append(Group(dict.fromkeys(made), self.works, matches))
        self.broadcaster.groups.add(cast("Any", self.groups[-1]))
        return made

    async def send(self, *sequences: int) -> None:
        for sequence in sequences:
            self.broadcaster.position = sequence
            await self.broadcaster.broadcast(cast("Any", Event(sequence)))


@pytest.mark.parametrize(
    ("groups", "members", "takes_frames", "matches"),
    [(3_000, 1, True, True), (1, 5_000, True, True), (20_000, 1, True, False), (1, 500, False, True)],
    ids=["many groups", "many members", "many that do not match", "many that take no frames"],
)
async def test_a_tenant_with_much_to_send_delays_no_other(
    groups: int, members: int, takes_frames: bool, matches: bool
) -> None:
    clock = Clock()
    large, small = Tenant(clock, "large"), Tenant(clock, "small")
    for _ in range(groups):
        large.add(members, takes_frames=takes_frames, matches=matches)
    small.add()

    await asyncio.gather(large.send(1), small.send(1, 2, 3))

    assert len(small.frames) == 3
    assert clock.longest_wait("small") <= MOST_SECONDS + DELIVER
    assert sum(seconds for who, seconds in clock.turns if who == "large") > 5 * MOST_SECONDS


async def test_each_subscriber_gets_events_in_order_over_slices() -> None:
    clock = Clock()
    tenant, other = Tenant(clock, "large"), Tenant(clock, "small")
    slow = tenant.add(300, takes_frames=False)
    fast = [tenant.add()[0] for _ in range(1_000)]
    other.add()

    await asyncio.gather(tenant.send(1, 2, 3), other.send(*range(1, 20)))

    assert [member.got for member in slow] == [[1, 2, 3]] * 300
    assert [member.delivered for member in fast] == [3] * 1_000
    payloads = [int(frame[frame.rindex(b'"data":') + 7 : -2]) for frame in tenant.frames]
    assert payloads == sorted(payloads)
    assert len(payloads) == 3_000


async def test_a_member_that_leaves_while_others_have_their_turn_gets_nothing_more() -> None:
    clock = Clock()
    tenant = Tenant(clock, "large")
    first, *_, last = tenant.add(BURST, takes_frames=False)

    async def leave() -> None:
        while not first.got:  # noqa: ASYNC110  # it waits for a turn of the loop, not for time
            await asyncio.sleep(0)
        last.is_live = False

    await asyncio.gather(leave(), tenant.send(1))

    assert first.got == [1]
    assert last.got == []


@pytest.mark.parametrize("takes_frames", [True, False])
async def test_a_member_that_goes_to_another_group_gets_nothing_of_the_first(takes_frames: bool) -> None:
    clock = Clock()
    tenant = Tenant(clock, "large")
    first, *_, last = tenant.add(5_000 if takes_frames else 100, takes_frames=takes_frames)

    async def change_rights() -> None:
        while not first.delivered:  # noqa: ASYNC110  # it waits for a turn of the loop, not for time
            await asyncio.sleep(0)
        del tenant.groups[0].members[last]  # It is live in its new group, whose broadcaster has not come so far.

    await asyncio.gather(change_rights(), tenant.send(1))

    assert first.delivered == 1
    assert last.is_live
    assert last.delivered == 0
