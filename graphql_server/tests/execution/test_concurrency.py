"""Callers take turns for slots: a member that asks for many delays only itself."""

import asyncio
from collections.abc import Iterator

import pytest

from graphql_server.execution import slots
from graphql_server.execution.slots import Busy, Slots, Who

ANN, BOB, CARL, EVE = ("acme", "ann"), ("acme", "bob"), ("acme", "carl"), ("globex", "eve")


def some(total: int = 4, *, per_member: int = 2, per_group: int = 3, wait_seconds: float = 10) -> Slots:
    """A few slots."""
    return Slots(total, per_member=per_member, per_group=per_group, wait_seconds=wait_seconds)


@pytest.fixture
def waiting() -> Iterator[list[asyncio.Task[None]]]:
    """Tasks that wait; they are cancelled after the test."""
    tasks: list[asyncio.Task[None]] = []
    yield tasks
    assert all(task.done() for task in tasks)


def test_a_member_and_a_group_get_so_many_and_leave_the_rest() -> None:
    room = some()

    assert [room.take_now(who) for who in (ANN, ANN, ANN, BOB, BOB, EVE, EVE)] == [
        True,
        True,
        False,
        True,
        False,
        True,
        False,
    ]
    room.release(ANN)
    assert [room.take_now(who) for who in (BOB, BOB)] == [True, False]


async def turns(room: Slots, *who: Who) -> list[Who]:
    """The order in which members get a slot; each releases it immediately."""
    got_in: list[Who] = []

    async def come(one: Who) -> None:
        await room.take(one)
        got_in.append(one)
        room.release(one)

    tasks = [asyncio.create_task(come(one)) for one in who]
    await asyncio.sleep(0)
    room.release(("first", 1))
    await asyncio.gather(*tasks)
    return got_in


async def test_groups_and_their_members_take_turns() -> None:
    room = some(1)
    room.take_now(("first", 1))

    order = await turns(room, ANN, ANN, ANN, ANN, BOB, EVE, EVE)

    assert order == [ANN, EVE, BOB, EVE, ANN, ANN, ANN]
    assert room.take_now(ANN)


async def test_a_slot_goes_to_the_first_member_who_may_have_it(waiting: list[asyncio.Task[None]]) -> None:
    room = some()
    assert [room.take_now(ANN), room.take_now(ANN), room.take_now(BOB), room.take_now(EVE)] == [True] * 4
    waiting += [asyncio.create_task(room.take(who)) for who in (ANN, EVE)]
    await asyncio.sleep(0)

    room.release(EVE)  # Acme has all slots that one tenant may have.
    await waiting[1]

    assert not waiting[0].done()
    room.release(ANN)
    await waiting[0]


async def test_no_slot_in_time_is_busy_and_takes_nothing() -> None:
    room = some(1, wait_seconds=0.01)
    room.take_now(ANN)

    with pytest.raises(Busy):
        await room.take(EVE)

    room.release(ANN)
    assert room.take_now(EVE)


async def test_a_member_that_stops_waiting_takes_nothing(waiting: list[asyncio.Task[None]]) -> None:
    room = some(1)
    room.take_now(ANN)
    waiting += [asyncio.create_task(room.take(who)) for who in (EVE, BOB)]
    await asyncio.sleep(0)

    waiting[0].cancel()
    await asyncio.sleep(0)
    room.release(ANN)
    await waiting[1]

    assert not room.take_now(EVE)
    room.release(BOB)
    assert room.take_now(EVE)


async def test_a_member_cancelled_when_its_turn_comes_gives_the_slot_back(waiting: list[asyncio.Task[None]]) -> None:
    room = some(1)
    room.take_now(ANN)
    waiting.append(asyncio.create_task(room.take(EVE)))
    await asyncio.sleep(0)

    room.release(ANN)
    waiting[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]

    assert room.take_now(BOB)


@pytest.mark.parametrize(("number", "size"), [(3, 0), (100, 60)])
async def test_waiting_members_are_bounded_in_number_and_in_bytes(
    monkeypatch: pytest.MonkeyPatch, waiting: list[asyncio.Task[None]], number: int, size: int
) -> None:
    monkeypatch.setattr(slots, "MOST_WAITING", number)
    monkeypatch.setattr(slots, "MOST_WAITING_BYTES", 180)
    room = some(1)
    room.take_now(CARL)
    waiting += [asyncio.create_task(room.take(ANN, size)) for _ in range(3)]
    await asyncio.sleep(0)

    with pytest.raises(Busy):
        await room.take(ANN, size)
    waiting.append(asyncio.create_task(room.take(BOB, size)))
    await asyncio.sleep(0)

    assert not any(task.done() for task in waiting)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert room._queues == {}
