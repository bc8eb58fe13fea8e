"""Operations that attack by their size, their shape or their number. Each is refused, and delays no other client."""

import pytest

from tests.security.target import Transport

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("other_client")]

EXPENSIVE = {"QUERY_TOO_EXPENSIVE"}
INVALID = {"GRAPHQL_VALIDATION_FAILED"}


def doubling(levels: int) -> str:
    """A small document whose fields double with each level of its fragments."""
    fragments = [
        f"fragment F{level} on Order {{ a{level}: events {{ nodes {{ order {{ ...F{level + 1} }} }} }} "
        f"b{level}: events {{ nodes {{ order {{ ...F{level + 1} }} }} }} }}"
        for level in range(levels)
    ]
    ask = '{ order(by: {number: "K7Q2F-9M4TD"}) { ...F0 } }'
    return " ".join([ask, *fragments, f"fragment F{levels} on Order {{ number }}"])


def spreading(levels: int) -> str:
    """Under a kilobyte; each fragment spreads the next one twice."""
    fragments = [f"fragment F{level} on Query {{ ...F{level + 1} ...F{level + 1} }}" for level in range(levels)]
    return " ".join(["{ ...F0 }", *fragments, f"fragment F{levels} on Query {{ __typename }}"])


def nested(depth: int) -> str:
    """The circle from an order to its events to their order, repeated."""
    return (
        '{ order(by: {number: "K7Q2F-9M4TD"}) { '
        + "events { nodes { order { " * depth
        + "number"
        + " } } }" * depth
        + " } }"
    )


def test_alias_overloading(transport: Transport) -> None:
    aliases = " ".join(f"a{index}: orders(first: 100) {{ totalCount }}" for index in range(2_000))
    assert transport.codes(f"{{ {aliases} }}") <= EXPENSIVE


def test_alias_overloading_of_a_mutation(transport: Transport) -> None:
    before = transport.data("{ orders(first: 1) { totalCount } }")
    aliases = " ".join(f'a{index}: createOrder(input: {{total: "1"}}) {{ order {{ id }} }}' for index in range(200))
    assert transport.codes(f"mutation {{ {aliases} }}") <= EXPENSIVE
    assert transport.data("{ orders(first: 1) { totalCount } }") == before


def test_field_duplication(transport: Transport) -> None:
    assert transport.codes("{ " + "__typename " * 5_000 + "}") <= EXPENSIVE


def test_directive_overloading(transport: Transport) -> None:
    assert transport.codes("{ __typename " + "@aa" * 1_000 + " }") <= EXPENSIVE
    assert transport.codes("{ __typename " + "@include(if: true) " * 1_000 + " }") <= EXPENSIVE | INVALID


def test_circular_fragments(transport: Transport) -> None:
    assert transport.codes("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }") <= EXPENSIVE | INVALID


@pytest.mark.parametrize("levels", [20, 80])
def test_fragments_that_double(transport: Transport, levels: int) -> None:
    assert transport.codes(doubling(levels)) <= EXPENSIVE


@pytest.mark.parametrize("levels", [18, 60])
def test_spreads_that_double(transport: Transport, levels: int) -> None:
    answer = transport.ask(spreading(levels))
    assert (
        answer
        == {"data": {"__typename": "Query"}} | {key: value for key, value in answer.items() if key == "extensions"}
        or {error["extensions"]["code"] for error in answer["errors"]} <= EXPENSIVE
    )


def test_depth(transport: Transport) -> None:
    assert transport.codes(nested(100)) <= EXPENSIVE


def test_pages_of_pages(transport: Transport) -> None:
    events = "events(first: 100) { nodes { order { "
    page = "{ orders(first: 100) { nodes { " + events * 2 + "id" + " } } }" * 2 + " } } }"
    assert transport.codes(page) <= EXPENSIVE


def test_many_operations(transport: Transport) -> None:
    operations = " ".join(f"query Q{index} {{ __typename }}" for index in range(5_000))
    assert transport.codes(operations) <= EXPENSIVE


def test_many_tokens(transport: Transport) -> None:
    assert transport.codes("{ __typename " + "x" * 900_000 + " }") <= EXPENSIVE | INVALID
    assert transport.codes("{" + "{" * 200_000) <= EXPENSIVE | {"GRAPHQL_PARSE_FAILED"}


def test_many_errors(transport: Transport) -> None:
    """A document with many errors is not answered with a message for each."""
    answer = transport.ask("{ " + " ".join(f"f{index}" for index in range(900)) + " }")
    assert len(answer["errors"]) <= 101


def test_huge_variables(transport: Transport) -> None:
    deep: object = "1"
    for _ in range(200):
        deep = [deep]
    query = "query ($where: OrderWhere) { orders(where: $where) { totalCount } }"
    nested_where: dict[str, object] = {"status": {"eq": "NEW"}}
    for _ in range(200):
        nested_where = {"AND": [nested_where]}
    assert transport.codes(query, {"where": nested_where}) <= EXPENSIVE | {"BAD_USER_INPUT"}
    many = {"OR": [{"number": {"eq": str(index)}} for index in range(10_000)]}
    assert transport.codes(query, {"where": many}) <= EXPENSIVE | {"BAD_USER_INPUT"}
    create = """mutation ($metadata: JSON) {
      createOrder(input: {total: "1", metadata: $metadata}) { userErrors { code } order { id } }
    }"""
    assert transport.data(create, {"metadata": {"deep": deep}})["createOrder"]["order"] is None


def test_many_ids(transport: Transport) -> None:
    ids = ["T3JkZXI6MDE5M2E5ZDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAw"] * 10_000
    assert transport.codes("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids}) <= EXPENSIVE | {
        "BAD_USER_INPUT"
    }


@pytest.mark.parametrize("first", [-1, 101, 2**31 - 1, 2**31, 10**400])
def test_illegal_page_sizes(transport: Transport, first: int) -> None:
    codes = transport.codes("query ($first: Int) { orders(first: $first) { nodes { id } } }", {"first": first})
    assert codes <= {"BAD_USER_INPUT"} | EXPENSIVE


@pytest.mark.parametrize(
    "text", ["%", "_", "_" * 200, "a" * 100_000, "(a+)+$", ".*", "\\", "' OR 1=1 --", "\u0000", "\ud800"]
)
def test_search_texts(transport: Transport, text: str) -> None:
    """No text is a pattern, a regular expression or SQL: none finds the order that it would match then."""
    transport.data('mutation { createOrder(input: {total: "1", customerName: "haystack needle"}) { order { id } } }')
    answer = transport.ask(
        "query ($text: String) { orders(where: {text: $text}) { totalCount } }", {"text": f"haystack{text}"}
    )
    if "errors" in answer:
        assert {error["extensions"]["code"] for error in answer["errors"]} <= {"BAD_USER_INPUT"} | EXPENSIVE
    else:
        assert answer["data"] == {"orders": {"totalCount": 0}}


def test_introspection_that_goes_in_circles(transport: Transport) -> None:
    """Also if introspection were open; here it is closed."""
    circle = "{ __schema { types { " + "fields { type { " * 20 + "name" + " } }" * 20 + " } } }"
    assert transport.codes(circle) <= EXPENSIVE | INVALID
