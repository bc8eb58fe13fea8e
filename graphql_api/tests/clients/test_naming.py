"""The name and the version that a client gives itself, over HTTP and over a WebSocket."""

import pytest

from graphql_api.access.sockets import with_payload
from graphql_server.websocket.client_messages import Malformed
from tenants.context import Caller
from tenants.middleware import within


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ({}, ("", "")),
        ({"graphql-client-name": "shop", "graphql-client-version": "1.2.3"}, ("shop", "1.2.3")),
        (
            {"apollographql-client-name": "@shop/web", "apollographql-client-version": "1 (beta)"},
            ("@shop/web", "1 (beta)"),
        ),
        ({"graphql-client-name": "shop", "apollographql-client-name": "other"}, ("shop", "")),
        ({"graphql-client-name": "x" * 64}, ("x" * 64, "")),
        ({"graphql-client-name": "x" * 65, "graphql-client-version": "é"}, ("", "")),
        ({"graphql-client-name": " shop", "graphql-client-version": "1\n"}, ("", "")),
    ],
)
def test_a_client_names_itself_by_headers(headers: dict[str, str], named: tuple[str, str]) -> None:
    caller = within(Caller(), headers, None)
    assert (caller.client, caller.client_version) == named


def test_a_client_names_itself_in_connection_init() -> None:
    headers = with_payload({"graphql-client-name": "of the handshake"}, {"graphql-client-name": "shop"})
    assert within(Caller(), headers, None).client == "shop"


def test_a_name_in_connection_init_has_to_be_a_string() -> None:
    with pytest.raises(Malformed, match="'connection_init' payload expects 'graphql-client-name' to be a string"):
        with_payload({}, {"graphql-client-name": 5})


def test_the_shared_caller_of_equal_subscriptions_has_no_name() -> None:
    assert Caller(client="shop", client_version="1").shared().client == ""
