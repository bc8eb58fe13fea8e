"""All attacks, family by family."""

from collections.abc import Iterator
from types import ModuleType

from tests.attack import bodies, conditions, documents, ending, frames, logins, silence, streams, subscriptions
from tests.attack.attack import Attack

FAMILIES = (documents, bodies, conditions, frames, silence, logins, subscriptions, streams, ending)


def attacks_of(family: ModuleType) -> Iterator[Attack]:
    """The attacks of a module, in the order in which they stand there."""
    for value in vars(family).values():
        if isinstance(value, Attack):
            yield value


ATTACKS = {one.name: one for family in FAMILIES for one in attacks_of(family)}
