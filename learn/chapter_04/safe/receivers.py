"""Each receiver has a name, by which Django knows that it is connected."""

from django.db.models.signals import post_save
from django.dispatch import receiver

from learn.models import Order
from learn.world import do_job, send_mail


@receiver(post_save, sender=Order, dispatch_uid="notifications")
def notify_order_created(sender, instance, created, **kwargs):
    if created:
        send_mail(instance.id, "created")


def connect_processing():
    def process(sender, instance, created, **kwargs):
        if created:
            do_job(instance.id)

    post_save.connect(process, sender=Order, weak=False, dispatch_uid="processing")
