"""The counting of bytes that a peer may be sent."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from graphql_server.websocket.window import MAX_PINGS_REMEMBERED, Window
from tests.form import examples


def test_a_pong_answers_for_what_was_sent_before_its_ping() -> None:
    window = Window(100)
    window.count(60)
    window.pinged()
    window.count(30)
    assert window.unanswered == 90
    window.answered()
    assert window.unanswered == 30


def test_pongs_answer_pings_in_their_order() -> None:
    window = Window(100)
    for _ in range(3):
        window.count(10)
        window.pinged()
    left = []
    for _ in range(4):
        window.answered()
        left.append(window.unanswered)
    assert left == [20, 10, 0, 0]


def test_a_pong_without_a_ping_answers_nothing() -> None:
    window = Window(100)
    window.count(10)
    window.answered()
    assert window.unanswered == 10


def test_a_ping_is_due_after_a_quarter_of_the_window() -> None:
    window = Window(100)
    assert (window.ping_is_due, window.ping_would_help) == (False, False)
    window.count(24)
    assert (window.ping_is_due, window.ping_would_help) == (False, True)
    window.count(1)
    assert (window.ping_is_due, window.ping_would_help) == (True, True)
    window.pinged()
    assert (window.ping_is_due, window.ping_would_help) == (False, False)


def test_a_frame_larger_than_half_the_window_fits_while_half_is_free() -> None:
    window = Window(100)
    window.count(50)
    assert (window.fits(50), window.fits(51), window.fits(1_000)) == (True, True, True)
    window.count(1)
    assert (window.fits(49), window.fits(50), window.fits(1_000)) == (True, False, False)


def test_unanswered_pings_are_kept_up_to_a_limit() -> None:
    window = Window(100)
    for _ in range(MAX_PINGS_REMEMBERED + 1):
        window.count(1)
        window.pinged()
    window.answered()
    assert window.unanswered == MAX_PINGS_REMEMBERED - 1


async def test_all_waiting_tasks_wake_at_an_answer() -> None:
    window = Window(100)
    window.pinged()
    async with asyncio.timeout(20), asyncio.TaskGroup() as waiting:
        for _ in range(3):
            waiting.create_task(window.answer())
        await asyncio.sleep(0)
        window.answered()


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.integers(1, 40) | st.just("ping") | st.just("pong")))
def test_no_more_than_a_window_is_unanswered_if_only_fitting_frames_are_sent(steps: list[int | str]) -> None:
    window = Window(100)
    for step in steps:
        if step == "ping":
            window.pinged()
        elif step == "pong":
            window.answered()
        elif isinstance(step, int) and window.fits(step):
            window.count(step)
        assert 0 <= window.unanswered <= 100
