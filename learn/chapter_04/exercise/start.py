"""Chapter 4. Connect a receiver for good, and once."""

from django.db.models.signals import post_save

from learn.models import Order


def connect(calls):
    """Append each new order's id to the list ``calls``. Connected twice, it still appends once."""

    def count_order(sender, instance, created, **kwargs):
        if created:
            calls.append(instance.id)

    post_save.connect(count_order, sender=Order)
