"""A filter gives the same result in SQL and in Python, for all fields and values."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.models import Order
from orders.search.filters import AllOf, Amount, AnyOf, Condition, Judged, Mentions, Missing, Moment, Not, OneOf
from orders.search.related import SomeLine, Tagged
from orders.states import ProcessingStatus, Status
from orders.validation import NewLine
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
SKUS, TAGS = ["TEA-1", "tea-1", "POT%", "ß"], ["vip", "VIP", "gift_1", "é"]
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


def texts_of(values: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """A strategy for some of these texts, and others."""
    return st.lists(st.sampled_from(values) | TEXTS, max_size=3).map(tuple)


references = st.lists(st.sampled_from([one for one in REFERENCES if one]) | TEXTS, max_size=3).map(tuple)
leaves: st.SearchStrategy[Condition] = st.one_of(
    st.builds(OneOf, st.just("external_reference"), references),
    st.builds(OneOf, st.just("status"), st.lists(st.sampled_from(Status.values), max_size=2).map(tuple)),
    st.builds(OneOf, st.just("currency"), st.lists(st.sampled_from(["EUR", "USD", "eur"]), max_size=2).map(tuple)),
    st.builds(OneOf, st.just("customer_email"), st.just(("ada@example.com",)) | st.just(("ADA@example.com",))),
    st.builds(Missing, st.sampled_from(["external_reference", "customer_email", "currency"])),
    st.builds(Amount, COMPARISONS, amounts),
    st.builds(Moment, st.sampled_from(["created_at", "updated_at"]), COMPARISONS, moments),
    st.builds(OneOf, st.just("processing_status"), texts_of(ProcessingStatus.values)),
    st.builds(
        SomeLine,
        st.lists(st.tuples(st.sampled_from(["sku", "name"]), texts_of([*SKUS, ""])), max_size=3).map(tuple),
        st.lists(st.sampled_from(["sku", "name"]), max_size=1).map(tuple),
    ),
    st.builds(Tagged, texts_of(TAGS)),
    st.builds(Mentions.of, words),
)


def nested(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    """A strategy for conditions that contain these conditions."""
    parts = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(st.builds(AllOf, parts), st.builds(AnyOf, parts), st.builds(Not, inner))


conditions = st.recursive(leaves, nested, max_leaves=8)


def lines_of(skus: Sequence[str], total: str) -> list[NewLine]:
    """Lines of these articles, of which the first one alone costs something; their names are SKUs of others."""
    prices = [total, *["0"] * len(skus)]
    return [
        factories.line(sku=sku, name=name, quantity=1, unit_price=price)
        for sku, name, price in zip(skus, reversed(skus), prices, strict=False)
    ]


@pytest.fixture
def orders(tenant: Tenant, django_capture_on_commit_callbacks: object) -> list[Order]:
    """Eight orders that differ in every field that a filter can name; no receiver runs."""
    made = []
    statuses = [*Status, Status.NEW, Status.PAID, Status.CANCELLED]
    for index, (reference, name, total) in enumerate(zip(REFERENCES, NAMES, TOTALS, strict=True)):
        lines = lines_of(SKUS[index // 2 :], total) if index % 2 else []
        order = factories.place_order(
            lines=lines,
            total=None if lines else total,
            tags=TAGS[index % 4 : index % 5 + 2],
            external_reference=reference,
            customer_name=name,
            customer_email="ada@example.com" if index % 2 else "",
            currency="USD" if index % 3 else "EUR",
            status=statuses[index],
        )
        minutes = timedelta(minutes=index)
        Order.unguarded.filter(pk=order.pk).update(
            created_at=NOON + minutes,
            updated_at=NOON + 2 * minutes,
            processing_status=ProcessingStatus.values[index % 4],
        )
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
