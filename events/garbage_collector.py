"""Python's cyclic garbage collector, set for processes that run for days: web servers, workers, relays."""

import gc

from django.conf import settings


def set_for_a_server() -> None:
    """To be called once all is imported and before it is forked: what there is now is never looked at again.

    Reference counts free nearly all that a request makes; Python's own thresholds look through it every few requests,
    a quarter of what a small one costs. ``GC_THRESHOLD`` is looked at some twenty times less often and costs at most
    some tens of MiB of garbage; empty leaves all as Python has it.
    """
    if settings.GC_THRESHOLD:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*settings.GC_THRESHOLD)
