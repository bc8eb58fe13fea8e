"""A filter means the same in SQL and in Python, whatever is compared with whatever."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.models import Order
from orders.search.filters import AllOf, Amount, AnyOf, Condition, Created, Judged, Mentions, Missing, Not, OneOf
from orders.states import Status
from tenants.models import Tenant
from tests import factories
from tests.form import examples

pytestmark = pytest.mark.both_databases

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
COMPARISONS = st.sampled_from(["gt", "gte", "lt", "lte"])
TEXTS = st.sampled_from(
    ["", "a", "A", "ä", "Ä", "ß", "SS", "%", "_", "\\", "é", "e\u0301", "İ", "x\x00", "\ud800", "ﬁ", "'"]
)
REFERENCES = ["r-1", "R-1", "r_1", "50%", "straße", "STRASSE", None, None]
NAMES = ["Ada", "ada", "Ängström", "İpek", "a_b", "100 %", "O'Neil\\", "ﬁne"]
TOTALS = ["0", "0.01", "12.34", "12.35", "99999999.99", "100", "99.99", "7"]

amounts = st.one_of(
    st.sampled_from([Decimal(total) for total in TOTALS]),
    st.decimals(min_value=-1, max_value=200, places=3),
    st.decimals(min_value=-(10**12), max_value=10**12, places=4),
    st.sampled_from([Decimal("99999999.995"), Decimal("-0.001"), Decimal("1E+30"), Decimal("100000000")]),
)
moments = st.one_of(
    st.integers(-3, 10).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    st.integers(-2, 2).map(lambda microseconds: NOON + timedelta(microseconds=microseconds)),
    st.sampled_from([datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]),
)
words = st.one_of(
    TEXTS, st.text(max_size=3), st.sampled_from(["ada", "strasse", "example.com", "50% ada", "fine", "ängström"])
)
references = st.lists(st.sampled_from([one for one in REFERENCES if one]) | TEXTS, max_size=3).map(tuple)
leaves: st.SearchStrategy[Condition] = st.one_of(
    st.builds(OneOf, st.just("external_reference"), references),
    st.builds(OneOf, st.just("status"), st.lists(st.sampled_from(Status.values), max_size=2).map(tuple)),
    st.builds(OneOf, st.just("currency"), st.lists(st.sampled_from(["EUR", "USD", "eur"]), max_size=2).map(tuple)),
    st.builds(OneOf, st.just("customer_email"), st.just(("ada@example.com",)) | st.just(("ADA@example.com",))),
    st.builds(Missing, st.just("external_reference")),
    st.builds(Amount, COMPARISONS, amounts),
    st.builds(Created, COMPARISONS, moments),
    st.builds(Mentions.of, words),
)


def nested(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    """Conditions on conditions."""
    parts = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(st.builds(AllOf, parts), st.builds(AnyOf, parts), st.builds(Not, inner))


conditions = st.recursive(leaves, nested, max_leaves=8)


@pytest.fixture
def orders(tenant: Tenant, django_capture_on_commit_callbacks: object) -> list[Order]:
    """Eight orders that differ in all that can be asked for; nothing follows from their events."""
    made = []
    statuses = [*Status, Status.NEW, Status.PAID, Status.CANCELLED]
    for index, (reference, name, total) in enumerate(zip(REFERENCES, NAMES, TOTALS, strict=True)):
        order = factories.place_order(
            lines=[],
            total=total,
            external_reference=reference,
            customer_name=name,
            customer_email="ada@example.com" if index % 2 else "",
            currency="USD" if index % 3 else "EUR",
            status=statuses[index],
        )
        Order.unguarded.filter(pk=order.pk).update(created_at=NOON + timedelta(minutes=index))
        made.append(Order.objects.get(pk=order.pk))
    return made


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(condition=conditions)
def test_filter_means_the_same_in_sql_and_in_python(orders: list[Order], condition: Condition) -> None:
    in_python = {order.number for order in orders if condition.compiled()(Judged(order.snapshot()))}

    assert set(Order.objects.filter(condition.to_q()).values_list("number", flat=True)) == in_python


@settings(max_examples=examples(75), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(condition=conditions)
def test_negation_is_the_rest(orders: list[Order], condition: Condition) -> None:
    chosen, others = (set(Order.objects.filter(one.to_q())) for one in (condition, Not(condition)))

    assert chosen | others == set(orders)
    assert not chosen & others


@pytest.mark.parametrize(
    ("condition", "totals"),
    [
        (Amount("gt", Decimal("12.34")), ["100.00", "12.35", "99.99", "99999999.99"]),
        (Amount("gte", Decimal("12.345")), ["100.00", "12.35", "99.99", "99999999.99"]),
        (Amount("lte", Decimal("12.345")), ["0.00", "0.01", "12.34", "7.00"]),
        (Amount("lt", Decimal("0.005")), ["0.00"]),
        (Amount("lte", Decimal(10**30)), sorted(f"{Decimal(total):.2f}" for total in TOTALS)),
        (Amount("gt", Decimal("99999999.991")), []),
        (AnyOf(()), []),
        (AllOf((Amount("gte", Decimal(7)), Amount("lte", Decimal(7)))), ["7.00"]),
    ],
)
def test_amounts_beyond_what_the_column_holds(orders: list[Order], condition: Condition, totals: list[str]) -> None:
    assert sorted(f"{order.total:.2f}" for order in Order.objects.filter(condition.to_q())) == totals


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("ada r-1", ["R-1", "r-1"]),
        ("STRASSE", ["STRASSE", "straße"]),
        ("50%", ["50%"]),
        ("r_1", ["r_1"]),
        ("ngstrom", []),
        ("", ["50%", "R-1", "STRASSE", "r-1", "r_1", "straße"]),
    ],
)
def test_search_takes_every_word_in_any_case_and_no_wildcards(
    orders: list[Order], text: str, references: list[Any]
) -> None:
    found = Order.objects.filter(Mentions.of(text).to_q(), external_reference__isnull=False)

    assert sorted(order.external_reference for order in found) == references
