"""The properties that the GraphQL server needs of a caller."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from graphql_server.ports.callers import Caller as CallerPort
from tenants.context import Caller, current_caller, current_tenant_id

TENANT, TOKEN = UUID(int=1), UUID(int=2)
CALLER = Caller(TENANT, "demo", token_id=TOKEN, actor="token", scopes=frozenset({"orders:read"}), ip="192.0.2.1")


def test_a_caller_has_the_properties_that_the_server_needs() -> None:
    caller: CallerPort = CALLER
    assert caller.turn == (TENANT, (TOKEN, None))


def test_anonymous_callers_differ_by_their_address() -> None:
    assert Caller(ip="192.0.2.1").turn == (None, "192.0.2.1")


def test_acting_enters_the_callers_tenant() -> None:
    with CALLER.acting():
        assert (current_caller(), current_tenant_id()) == (CALLER, TENANT)


def test_each_operation_has_its_own_request_id() -> None:
    first, second = CALLER.for_operation(), CALLER.for_operation()

    assert first.request_id != second.request_id
    assert replace(first, request_id="") == CALLER


def test_a_shared_caller_names_no_person() -> None:
    shared = CALLER.shared()

    assert len(shared.request_id) == 32
    assert replace(shared, request_id="") == Caller(
        TENANT, "demo", actor="subscription", scopes=frozenset({"orders:read"})
    )


def test_renewed_rights_keep_the_caller() -> None:
    ends = datetime(2030, 1, 1, tzinfo=UTC)
    renewed = CALLER.renewed(scopes=frozenset(), expires_at=ends)

    assert renewed == replace(CALLER, scopes=frozenset(), expires_at=ends)
