"""Services enqueue a task for each effect, in the transaction of the change. A worker reads the table of tasks."""

from django.db import models, transaction

from learn.models import AuditLog, Order
from learn.world import do_job, send_mail

Orders = Order


class Task(models.Model):
    name = models.CharField(max_length=50)
    arguments = models.JSONField()
    done = models.BooleanField(default=False)


def enqueue(name, *arguments):
    Task.objects.create(name=name, arguments=arguments)


def place_order(total=100):
    with transaction.atomic():
        order = Order.objects.create(total=total, status="NEW")
        enqueue("audit", "ORDER_CREATED", order.id)
        enqueue("mail", order.id, "created")
        enqueue("job", order.id)
    return order


def pay_order(order):
    with transaction.atomic():
        if Order.objects.filter(pk=order.pk, status="NEW").update(status="PAID"):
            enqueue("audit", "ORDER_PAID", order.pk)
            enqueue("mail", order.pk, "paid")
    order.refresh_from_db()


def write_audit_log(action, order_id):
    AuditLog.objects.create(action=action, object_id=order_id)


TASKS = {"audit": write_audit_log, "mail": send_mail, "job": do_job}


def work():
    """The worker: run each task; one that fails stays in the table."""
    for task in Task.objects.filter(done=False).order_by("id"):
        try:
            with transaction.atomic():
                TASKS[task.name](*task.arguments)
                Task.objects.filter(pk=task.pk).update(done=True)
        except Exception:  # the next round tries again
            continue


recover = work
