"""Chapter 7. One failing receiver stops no other."""

from learn.models import Delivery


def deliver(event, receivers):
    """Call each receiver (a function, by name) with the event once it has not been done; return the failed names."""
    failed = []
    for name, handle in receivers.items():
        delivery, _ = Delivery.objects.get_or_create(event=event, receiver=name)
        if delivery.done:
            continue
        try:
            handle(event)
        except Exception:
            failed.append(name)
        else:
            Delivery.objects.filter(pk=delivery.pk).update(done=True)
    return failed
