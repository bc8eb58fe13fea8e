"""The definition of an attack; :mod:`tests.attack.catalogue` has all of them."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.attack.attacker import Attacker

Play = Callable[[Attacker], Coroutine[None, None, None]]


ATTACKING, MEASURED = "attacking", "measured"
"""The tenants: the attacker's, which has very many orders, and the other."""


class Stage(StrEnum):
    """The processes that run."""

    ONE_PROCESS = "one web process"
    LATE_MESSAGES = "two web processes, the first of which hears of events a second late"


@dataclass(frozen=True)
class Attack:
    """An attack. ``reasons`` are the answers that give the attacker a reason; at least one of them has to come.

    Without ``needs_reason`` the attack may also be served in full, if it harms no other client. ``excused`` names the
    servers on which it may succeed, and says why; the documents say so too. ``allocator_mib`` is how many MiB beyond
    the limit CPython's allocator may keep: it returns no MiB of which a few bytes are in use.
    """

    name: str
    what: str
    play: Play
    reasons: frozenset[str] = frozenset()
    needs_reason: bool = True
    stage: Stage = Stage.ONE_PROCESS
    servers: tuple[str, ...] = ("uvicorn", "daphne")
    excused: Mapping[str, str] = field(default_factory=dict)
    allocator_mib: int = 0


def attack(name: str, what: str, *reasons: str, **options: Any) -> Callable[[Play], Attack]:
    """Make an attack of a coroutine function."""
    return lambda play: Attack(name, what, play, frozenset(reasons), **options)
