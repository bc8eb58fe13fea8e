"""``manage.py relay``."""

from events.management.commands import dispatcher


class Command(dispatcher.Command):
    """The former name of ``manage.py dispatcher``."""
