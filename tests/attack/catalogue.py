"""All attacks, by importing each family."""

from tests.attack import bodies, conditions, documents, frames, logins, silence, streams, subscriptions
from tests.attack.attack import ATTACKS

FAMILIES = (documents, bodies, conditions, frames, silence, logins, subscriptions, streams)

__all__ = ["ATTACKS", "FAMILIES"]
