"""The gate: what breaks the released schema, whom it concerns, and what may go after its day."""

from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from graphql import build_schema

from graphql_api.clients.publishing import CONTRACTS, ClientDocument
from graphql_api.clients.released_schema import REASON, day_of, refused
from graphql_api.schema import schema
from graphql_server.documents.uses import deprecated_coordinates

TODAY = date(2027, 1, 10)
ORDERS = ClientDocument("shop", "Orders", "query Q($s: Sort) { orders(sort: $s, old: 1) { total } }")
NAMES = ClientDocument("report", "Names", "{ orders { name } }")
RELEASED = """
schema { query: Query }
type Query { orders(sort: Sort, old: Int %s): [Order!]! }
type Order { total: Money!  name: String! %s  gone: Gone %s }
type Gone { id: ID! }
scalar Money
enum Sort { UP  DOWN %s }
"""
KEPT = '@deprecated(reason: "Use x. Removed after 2027-01-10.")'
PASSED = '@deprecated(reason: "Use x. Removed after 2027-01-09.")'


def released(*directives: str) -> str:
    return RELEASED % (*directives, *[""] * (4 - len(directives)))


def refusals(now: str, before: str = "", today: date = TODAY) -> list[str]:
    return refused(before or released(), build_schema(now), [ORDERS, NAMES], today)


def test_an_equal_schema_and_additions_are_fine() -> None:
    assert refusals(released()) == []
    assert refusals(released().replace("name: String!", "name: String!  more(a: Int): Int")) == []


@pytest.mark.parametrize(
    ("change", "to", "said"),
    [
        ("gone: Gone", "", "Field Order.gone was removed. (no client in contracts/ uses it)"),
        ("name: String!", "name: String", "(used by report)"),
        ("total: Money!", "total: Int!", "(used by shop)"),
        ("old: Int", "old: String", "(used by shop)"),
        ("sort: Sort", "sort: Sort!", "(used by report, shop)"),
    ],
)
def test_a_break_names_the_clients_that_it_concerns(change: str, to: str, said: str) -> None:
    if change == "sort: Sort":
        said = "(used by shop)"
    found = refusals(released().replace(change, to, 1))
    assert any(said in one for one in found), found


def test_a_clients_document_that_the_schema_refuses_is_named_with_its_file() -> None:
    found = refusals(released().replace("name: String!", "", 1))
    assert found[0] == "Field Order.name was removed. (used by report)"
    assert found[1].startswith("report/Names.graphql is refused: Cannot query field 'name' on type 'Order'.")
    assert len(found) == 2


def test_a_deprecated_part_may_go_after_its_day_and_not_on_it() -> None:
    without = released().replace("gone: Gone", "").replace("type Gone { id: ID! }", "").replace("  DOWN", "")
    assert refusals(without, released("", "", PASSED, PASSED)) == []
    assert len(refusals(without, released("", "", KEPT, KEPT))) == 3


def test_a_clients_document_is_checked_whatever_has_passed() -> None:
    [found] = refusals(released().replace("name: String!", "", 1), released("", PASSED))
    assert found.startswith("report/Names.graphql is refused")


def test_a_reason_has_a_replacement_and_a_day() -> None:
    assert day_of("Use Order.amount. Removed after 2027-06-30.") == date(2027, 6, 30)
    for other in ("No longer supported", "Use x.", "Use x. Removed after 2027-02-30.", "Removed after 2027-06-30.", ""):
        assert day_of(other) is None


def test_every_deprecated_part_of_our_schema_has_a_replacement_and_a_day() -> None:
    wrong = {where: reason for where, reason in deprecated_coordinates(schema._schema).items() if not day_of(reason)}
    assert wrong == {}, f"a reason has the form {REASON.pattern}"


def test_our_schema_keeps_what_was_released(monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("documents", "check")
    text = (CONTRACTS / "released.graphql").read_text()

    monkeypatch.setattr(Path, "read_text", lambda _: text.replace("type Viewer {", "type Viewer {\n  lost: Int", 1))
    with pytest.raises(CommandError, match=r"(?s)Field Viewer.lost was removed.*released.graphql"):
        call_command("documents", "check")
