"""Event signals: Django's way to connect, checked immediately, and no way to send."""

import asyncio
import gc
import inspect
import weakref
from functools import partial, wraps

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.dispatch import receiver

from events.errors import SignalNotSent
from events.models import Event
from events.receivers import RECEIVERS, Kind, Receiver
from events.signals import EventSignal
from tests.factories import place_order


@pytest.fixture(autouse=True)
def no_receivers():
    """Only the test's own receivers are connected; afterwards the earlier ones are restored."""
    before = dict(RECEIVERS)
    RECEIVERS.clear()
    yield
    RECEIVERS.clear()
    RECEIVERS.update(before)


@pytest.fixture
def created():
    return EventSignal("order.created", service="orders.services.create_order")


@pytest.fixture
def paid():
    return EventSignal("order.paid")


def take_one(sender, event, **kwargs):
    """A handler of one event."""


def take_several(sender, events, **kwargs):
    """A handler of several events."""


# --- Connect ----------------------------------------------------------------------------------------------------------


def test_djangos_decorator_connects_a_receiver_and_leaves_the_function(created):
    decorated = receiver(created, dispatch_uid="one")(take_one)

    assert decorated is take_one
    assert {"one": Receiver("one", frozenset({"order.created"}), take_one)} == RECEIVERS
    assert created.has_listeners()


def test_a_receiver_takes_several_signals_by_one_decorator(created, paid):
    receiver([created, paid], dispatch_uid="one")(take_one)

    assert RECEIVERS["one"].event_types == {"order.created", "order.paid"}


def test_rules_are_keywords(created, paid):
    rules = {"queued": True, "ordered": True, "first": created, "batch": 5, "attempts": 3, "lease_seconds": 7.5}
    receiver((created, paid), dispatch_uid="one", **rules)(take_several)

    assert RECEIVERS["one"] == Receiver(
        *("one", frozenset({"order.created", "order.paid"}), take_several, Kind.QUEUED),
        ordered=True,
        first="order.created",
        max_attempts=3,
        lease_seconds=7.5,
        batch=5,
    )


def test_a_receiver_that_is_connected_again_is_connected_once(created):
    for _ in range(2):
        created.connect(take_one, dispatch_uid="one")

    assert (len(created.receivers), len(RECEIVERS)) == (1, 1)


def test_a_receiver_that_nothing_else_refers_to_stays_connected(created):
    def local(sender, event, **kwargs):
        """A function that only the connection knows."""

    created.connect(local, dispatch_uid="one")
    known = weakref.ref(local)
    del local
    gc.collect()

    assert known() is RECEIVERS["one"].handler
    assert created.has_listeners()


def test_disconnect_removes_one_signal_and_then_the_receiver(created, paid):
    receiver([created, paid], dispatch_uid="one")(take_one)

    assert created.disconnect(dispatch_uid="one") is True
    assert (created.has_listeners(), paid.has_listeners()) == (False, True)
    assert RECEIVERS["one"].event_types == {"order.paid"}
    assert created.disconnect(dispatch_uid="one") is False
    assert paid.disconnect(dispatch_uid="one") is True
    assert RECEIVERS == {}


# --- What is refused --------------------------------------------------------------------------------------------------


def send_a_task(sender, event, **kwargs):
    return [event.task.delay(one) for one in (event.id,)]


async def asynchronous(sender, event, **kwargs):
    """An asynchronous function: not allowed as a receiver of events."""


class TaskSender:
    """An object that is called as a function and sends a task."""

    def __call__(self, sender, event, **kwargs):
        return event.task.delay(event.id)


class Asynchronous:
    """An object whose call is a coroutine."""

    async def __call__(self, sender, event, **kwargs):
        """Not allowed as a receiver of events."""


@wraps(send_a_task)
def decorated(*args, **kwargs):
    """A decorated function; the decorator keeps the name and refers to the function."""
    return send_a_task(*args, **kwargs)


REFUSED = {
    "no name": (take_one, {"dispatch_uid": None}, "take_one needs dispatch_uid='name', at most 50 characters"),
    "a name that is no text": (take_one, {"dispatch_uid": 1}, "take_one needs dispatch_uid='name'"),
    "a name that is too long": (take_one, {"dispatch_uid": "x" * 51}, "take_one needs dispatch_uid='name'"),
    "an unknown rule": (
        take_one,
        {"queue": True},
        "has an unknown rule 'queue'; "
        "the rules are attempts, batch, first, lease_seconds, live, on_request, ordered, queued",
    ),
    "a rule of another type": (take_one, {"queued": "yes"}, "has queued='yes', which must be True or False"),
    "an empty batch": (take_one, {"batch": 0}, "has batch=0, which must be a whole number of at least 1"),
    "attempts that are no number": (take_one, {"attempts": True}, "has attempts=True, which must be a whole number"),
    "no lease": (take_one, {"lease_seconds": 0}, "has lease_seconds=0, which must be a number of seconds, more than 0"),
    "a lease that is text": (take_one, {"lease_seconds": "3"}, "has lease_seconds='3', which must be a number of"),
    "a lease of nothing": (take_one, {"lease_seconds": None}, "has lease_seconds=None, which must be a number of"),
    "a lease without end": (take_one, {"lease_seconds": float("inf")}, "has lease_seconds=inf, which must be a number"),
    "a lease that is a switch": (take_one, {"lease_seconds": True}, "has lease_seconds=True, which must be a number"),
    "no function": ("take_one", {}, "'take_one' can't be connected to order.created: a receiver is a function"),
    "queued and live": (take_one, {"queued": True, "live": True}, "is both queued and live; it can be one of them"),
    "a live batch": (take_several, {"live": True, "batch": 5}, "has no deliveries to which 'batch' could apply"),
    "first without order": (take_one, {"first": EventSignal("order.created")}, "needs ordered=True"),
    "first that is no signal": (take_one, {"first": "order.created", "ordered": True}, "must be an event signal"),
    "a sender": (take_one, {"sender": Event}, "can't be connected with sender= or weak="),
    "a weak reference": (take_one, {"weak": True}, "can't be connected with sender= or weak="),
    "no **kwargs": (lambda sender, event: None, {}, "must accept **kwargs, as every receiver of a Django signal does"),
    "one event for several": (
        take_one,
        {"batch": 5},
        "is called with (sender, events=...) and does not take that: missing a required argument: 'event'",
    ),
    "several events for one": (take_several, {}, "is called with (sender, event=...) and does not take that"),
    "a coroutine": (asynchronous, {}, "is async; receivers of events are plain functions"),
    "a coroutine of an object": (Asynchronous(), {}, "is async; receivers of events are plain functions"),
    "a coroutine behind partial": (partial(asynchronous), {}, "is async; receivers of events are plain functions"),
    "a direct object that sends a task": (TaskSender(), {}, "is direct and sends a task by .delay()"),
    "a direct partial that sends a task": (partial(send_a_task), {}, "is direct and sends a task by .delay()"),
    "a decorated direct receiver that sends a task": (decorated, {}, "is direct and sends a task by .delay()"),
    "a direct receiver that sends a task": (
        send_a_task,
        {},
        "is direct and sends a task by .delay(); connect it with queued=True",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_invalid_receiver_is_refused_with_a_sentence(case, created):
    handler, given, said = REFUSED[case]

    with pytest.raises(ImproperlyConfigured) as refused:
        receiver(created, **{"dispatch_uid": "one"} | given)(handler)

    assert said in str(refused.value)
    assert (RECEIVERS, created.has_listeners()) == ({}, False)


def test_a_name_that_another_handler_has_is_refused(created, paid):
    created.connect(take_one, dispatch_uid="one")

    with pytest.raises(ImproperlyConfigured, match=r"'one' is used twice, by .*\.take_one and by functools\.partial"):
        paid.connect(partial(take_one), dispatch_uid="one")

    assert (RECEIVERS["one"].event_types, paid.has_listeners()) == ({"order.created"}, False)


def test_other_rules_for_another_signal_are_refused(created, paid):
    created.connect(take_one, dispatch_uid="one")

    with pytest.raises(ImproperlyConfigured, match=r"to order\.paid with other rules than to order\.created"):
        paid.connect(take_one, dispatch_uid="one", queued=True)


def test_a_queued_receiver_may_send_a_task(created):
    created.connect(send_a_task, dispatch_uid="one", queued=True)

    assert RECEIVERS["one"].kind is Kind.QUEUED


@pytest.mark.parametrize("send", ["send", "send_robust", "asend", "asend_robust"])
def test_sending_is_refused_and_names_the_service(send, created):
    called = []
    created.connect(lambda sender, event, **_: called.append(event), dispatch_uid="one")

    async def awaited():
        answer = getattr(created, send)(Event, event=None)
        return await answer if inspect.isawaitable(answer) else answer

    with pytest.raises(SignalNotSent, match=r"order\.created is not sent\. Call orders\.services\.create_order"):
        asyncio.run(awaited())
    assert called == []


# --- How it is called -------------------------------------------------------------------------------------------------


@pytest.mark.receivers
@pytest.mark.django_db
def test_a_receiver_is_called_after_commit_with_the_model_and_the_event(created, settle):
    called = []
    created.connect(lambda *args, **kwargs: called.append((args, kwargs)), dispatch_uid="one")

    with transaction.atomic():
        place_order()
        settled_too_early = list(called)
    settle()

    assert (settled_too_early, called) == ([], [((Event,), {"event": Event.objects.get()})])


@pytest.mark.receivers
@pytest.mark.django_db
@pytest.mark.parametrize("rules", [{"batch": 5}, {"live": True}])
def test_a_receiver_that_takes_several_is_called_with_a_list(rules, created, settle):
    called = []
    created.connect(lambda *args, **kwargs: called.append((args, kwargs)), dispatch_uid="one", **rules)

    place_order()
    settle()

    assert called == [((Event,), {"events": [Event.objects.get()]})]
