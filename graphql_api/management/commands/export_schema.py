"""``manage.py export_schema``: Strawberry's own, whose Django app would take half a second of each process's start."""

from strawberry_django.management.commands.export_schema import Command

__all__ = ["Command"]
