"""``manage.py runserver``: Daphne's, which serves WebSockets. Its Django app would slow down each process's start."""

from daphne.management.commands.runserver import Command

__all__ = ["Command"]
