"""Slices of an event loop's time, for work that may be long."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Final

SLICE_SECONDS: Final = 0.005
"""Seconds for which one piece of work may keep the event loop from other work."""


class TimeSlice:
    """A slice of the event loop's time. Between two small pieces of work, ask ``is_over``, and if so ``give_way``."""

    __slots__ = ("_clock", "_ends")

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._ends = clock() + SLICE_SECONDS

    @property
    def is_over(self) -> bool:
        """Whether the slice has ended, so that other work has to run."""
        return self._clock() > self._ends

    async def give_way(self) -> None:
        """Let other work run, and begin another slice."""
        await asyncio.sleep(0)
        self._ends = self._clock() + SLICE_SECONDS
