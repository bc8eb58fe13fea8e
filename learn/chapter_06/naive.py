"""The handbook's receivers of parts 5 and 7: they work inside the transaction."""

from django.db.models.signals import post_save
from django.dispatch import receiver

from learn.models import AuditLog, Order
from learn.world import send_mail


@receiver(post_save, sender=Order)
def order_audit_log(sender, instance, created, **kwargs):
    if not created:
        return

    AuditLog.objects.create(action="ORDER_CREATED", object_id=instance.id, metadata={"total": str(instance.total)})


@receiver(post_save, sender=Order)
def notify_order_created(sender, instance, created, **kwargs):
    if created:
        send_mail(instance.id, "created")
