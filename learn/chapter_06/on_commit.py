"""The handbook's fix of part 6: the work waits for the commit."""

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from learn.models import AuditLog, Order
from learn.world import send_mail


@receiver(post_save, sender=Order)
def order_audit_log(sender, instance, created, **kwargs):
    if not created:
        return

    transaction.on_commit(
        lambda: AuditLog.objects.create(
            action="ORDER_CREATED", object_id=instance.id, metadata={"total": str(instance.total)}
        )
    )


@receiver(post_save, sender=Order)
def notify_order_created(sender, instance, created, **kwargs):
    if created:
        transaction.on_commit(lambda: send_mail(instance.id, "created"))
