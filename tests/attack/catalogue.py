"""All attacks, family by family."""

from collections.abc import Iterator
from types import ModuleType

from tests.attack.attack import Attack
from tests.attack.attacks import (
    bodies,
    connections,
    dev_up,
    documents,
    event_positions,
    filters,
    frames,
    logins,
    subscriptions,
)

FAMILIES = (documents, bodies, filters, frames, connections, logins, subscriptions, event_positions, dev_up)


def attacks_of(family: ModuleType) -> Iterator[Attack]:
    """The attacks of a module, in the order of its source."""
    for value in vars(family).values():
        if isinstance(value, Attack):
            yield value


ATTACKS = {one.name: one for family in FAMILIES for one in attacks_of(family)}
