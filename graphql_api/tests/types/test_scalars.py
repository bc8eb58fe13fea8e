"""The values that scalars accept, and those that they refuse for the whole operation."""

import pytest

from graphql_api.tests.client import data_of, refusal_of
from orders.models import Order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_follows")]

CREATE = "mutation ($total: Decimal) { createOrder(input: { total: $total }) { order { total { amount } } } }"


@pytest.mark.parametrize(
    "total",
    [
        "1e3",
        "NaN",
        "Infinity",
        "-Infinity",
        "",
        " 1",
        "1 ",
        "+1",
        "1.",
        ".5",
        "1,5",
        "١",
        "1" * 41,
        "0x1",
        True,
        [],
        {},
        "1_0",
    ],
)
def test_malformed_decimal_is_an_error_of_the_whole_operation(total: object) -> None:
    code, message = refusal_of(CREATE, {"total": total})

    assert code == "BAD_USER_INPUT"
    assert message.startswith("Variable '$total'")
    assert message.endswith('such as "12.50".')
    assert not Order.objects.exists()


@pytest.mark.parametrize("literal", ["1e3", "1E2", "true", "[]", "null_", '"1e3"', "1.5e-1"])
def test_malformed_decimal_in_the_document_is_refused_too(literal: str) -> None:
    code, _ = refusal_of(f"mutation {{ createOrder(input: {{ total: {literal} }}) {{ userErrors {{ code }} }} }}")

    assert code == "BAD_USER_INPUT"
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("given", "amount"),
    [("12.30", "12.30"), (12, "12.00"), (12.3, "12.30"), ("-0", "0.00"), ("00012.3", "12.30"), (0.01, "0.01")],
)
def test_decimal_is_accepted_as_a_string_or_a_number(given: object, amount: str) -> None:
    assert data_of(CREATE, {"total": given})["createOrder"]["order"]["total"]["amount"] == amount


@pytest.mark.parametrize(("literal", "amount"), [("12.30", "12.30"), ("12", "12.00"), ('"0.10"', "0.10")])
def test_decimal_in_the_document_keeps_its_digits(literal: str, amount: str) -> None:
    query = f"mutation {{ createOrder(input: {{ total: {literal} }}) {{ order {{ total {{ amount }} }} }} }}"

    assert data_of(query)["createOrder"]["order"]["total"]["amount"] == amount


@pytest.mark.parametrize("moment", ["2026-01-01", "2026-01-01T00:00:00", "noon", "0001-01-01T00:00:00+14:00", 5])
def test_malformed_moment_is_refused(moment: object) -> None:
    query = "query ($where: OrderWhere) { orders(where: $where) { totalCount } }"

    code, message = refusal_of(query, {"where": {"createdAt": {"gt": moment}}})

    assert (code, message.endswith('such as "2026-11-22T09:30:00Z".')) == ("BAD_USER_INPUT", True)
