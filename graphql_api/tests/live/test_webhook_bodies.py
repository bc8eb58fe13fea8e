"""The body of a webhook is, byte by byte, what a subscriber of the same document receives over a WebSocket."""

import pytest

from events import cursors
from events.dispatch.numbering import number
from graphql_api.tests.live.sockets import TENANT, client, happen, notify
from graphql_server.live.stream.threads import in_thread
from orders.states import Status
from tenants.context import tenant_context
from tests.factories import place_order
from webhooks.models import Endpoint
from webhooks.shapes import InvalidShape, selection, shape_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.receivers_off_too]

DOCUMENTS = [
    "subscription { orderEvents { id type sequence cursor occurredAt actor changedFields order { number status } } }",
    "subscription { orderEvents { order { number total { amount currency } lines { sku quantity } metadata } } }",
    "subscription A { e: orderEvents { ...f } } fragment f on OrderEvent { __typename a: sequence order { id } }",
    "subscription { orderEvents { order { number events(first: 2) { nodes { type cursor } } } } }",
    "subscription { orderEvents(types: [ORDER_PAID]) { type } }",
]


@pytest.fixture(autouse=True)
def alone(quiet: None) -> None:
    """Only the test writes."""


@pytest.mark.parametrize("document", DOCUMENTS)
async def test_a_body_equals_the_payload_of_a_subscriber(document: str) -> None:
    events = await happen(2, status=Status.PAID)
    after = cursors.encode(TENANT, 0)
    live = document.replace("orderEvents(", f'orderEvents(after: "{after}", ', 1)
    if live == document:
        live = document.replace("orderEvents", f'orderEvents(after: "{after}")', 1)

    def bodies() -> list[bytes]:
        with tenant_context(TENANT):
            shape = shape_of(Endpoint(tenant_id=TENANT, document=document))
            return [shape.body(event)[0] for event in events if shape.wants(event)]

    made = await in_thread(bodies)
    async with client() as peer:
        await peer.initialises()
        await peer.subscribes("1", live)
        await notify(events)
        heard: list[str] = []
        while len(heard) < len(made):
            text = (await peer._from_app_soon())["text"]
            if '"next"' in text:
                heard.append(text)

    assert len(made) == (2 if "types" in document else 4)
    assert [text.encode() for text in heard] == [b'{"id":"1","type":"next","payload":%b}' % body for body in made]


def test_a_document_that_costs_too_much_is_refused() -> None:
    nested = "events(first: 100) { nodes { order { "
    document = f"subscription {{ orderEvents {{ order {{ {nested * 3} number {'} } } ' * 3} }} }} }}"

    with pytest.raises(InvalidShape, match="at most"):
        selection(TENANT, document, b"")


def test_a_body_shows_no_more_than_a_reader_of_orders_may_see() -> None:
    """A document with a field that needs another scope shows an error in its place, as it does to such a subscriber."""
    place_order()
    [event] = number(TENANT)
    document = "subscription { orderEvents { order { auditLog(first: 1) { nodes { action } } } } }"
    shape = shape_of(Endpoint(tenant_id=TENANT, document=document))

    assert b"FORBIDDEN" in shape.body(event)[0]
