"""Production's receivers with the suite's waiting times and failures."""

import os
import signal
from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from itertools import count
from typing import Any
from uuid import UUID

from celery import signals
from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import import_string


class FaultsConfig(AppConfig):
    """Loaded last, so that all receivers are registered."""

    name = "tests.faults"

    def ready(self) -> None:
        """Set leases and attempts."""
        from events.channel_layer import dispatcher_messages
        from events.dispatch import ledger
        from events.receivers import RECEIVERS
        from tests.faults.receivers import audit_and_raise_one_time_in_three

        lease = settings.FAULTS_LEASE_SECONDS
        ledger.BACKOFF_LIMIT_SECONDS = settings.FAULTS_BACKOFF_LIMIT_SECONDS
        for name, receiver in RECEIVERS.items():
            RECEIVERS[name] = replace(receiver, lease_seconds=lease, max_attempts=settings.FAULTS_MAX_ATTEMPTS)
        RECEIVERS["audit"] = replace(RECEIVERS["audit"], handler=audit_and_raise_one_time_in_three)
        if settings.FAULTS_DEAF:
            listen = dispatcher_messages.listen
            dispatcher_messages.listen = lambda _: listen(lose)
        if settings.FAULTS_END_AT:
            end_at(settings.FAULTS_END_AT, signal.Signals[settings.FAULTS_END_BY])
        signals.worker_ready.connect(tell_that_the_worker_is_ready)


def lose(tenant_ids: Iterable[UUID]) -> None:
    """Take the notifications of a dispatcher in its place, and do nothing."""


def end_at(step: str, how: signal.Signals) -> None:
    """Send this signal to the process when it first calls the function with this dotted name."""
    owner, _, name = step.rpartition(".")
    place = import_module(owner) if is_module(owner) else import_string(owner)
    whole, calls = getattr(place, name), count()

    def ending(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == 0:
            os.kill(os.getpid(), how)
        return whole(*args, **kwargs)

    setattr(place, name, ending)


def is_module(name: str) -> bool:
    """Whether this is the name of a module, and not of an object in a module."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def tell_that_the_worker_is_ready(**_: Any) -> None:
    """Print a line when the worker is ready, as the dispatcher does by itself."""
    print("The worker is ready.", flush=True)
