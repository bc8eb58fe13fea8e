"""Chapter 13. A worker that dies between the mail and its record."""

from learn.chapter_13.task_table import Task
from learn.world import send_mail


def mark_done(task):
    """Record that the task is done."""
    Task.objects.filter(pk=task.pk).update(done=True)


def run(task):
    """Send the task's mail. A worker that dies before ``mark_done`` runs the task again; the customer gets one mail."""
    send_mail(*task.arguments)
    mark_done(task)
