"""Chapter 12. Read a log from where you stopped."""

from learn.models import Event


def read_on(position, handle):
    """Handle the events after ``position`` (an event's id), in order; return the id of the last one that was handled.

    If ``handle`` raises, stop: that event is the first of the next call.
    """
    for event in Event.objects.filter(id__gt=position).order_by("id"):
        try:
            handle(event)
        except Exception:
            break
        position = event.id
    return position
