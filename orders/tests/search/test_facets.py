"""Facets never hide an order from a condition that it fulfils."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.search.facets import FIELDS, MOST_FACETS, facets_of, required_facets
from orders.search.filters import AllOf, Amount, AnyOf, Condition, Judged, Missing, Not, OneOf
from orders.search.related import SomeLine, Tagged
from orders.states import ProcessingStatus, Status
from orders.tests.search.test_filters import NOON, REFERENCES, SKUS, TAGS, conditions
from tests.form import examples

IDS = ("018f0000-0000-7000-8000-000000000001", "018f0000-0000-7000-8000-000000000002")
snapshots: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "id": st.sampled_from(IDS),
        "number": st.just("K7Q2F-9M4TD"),
        "external_reference": st.sampled_from(REFERENCES),
        "customer_email": st.sampled_from(["", "ada@example.com", "ADA@example.com"]),
        "customer_name": st.just("Ada"),
        "currency": st.sampled_from(["EUR", "USD"]),
        "status": st.sampled_from(Status.values),
        "processing_status": st.sampled_from(ProcessingStatus.values),
        "lines": st.lists(
            st.fixed_dictionaries({"sku": st.sampled_from(SKUS), "name": st.sampled_from(SKUS)}), max_size=3
        ),
        "total": st.sampled_from(["0.00", "12.34"]),
        "created_at": st.just(NOON.isoformat()),
        "updated_at": st.just((NOON + timedelta(minutes=1)).isoformat()),
    },
    optional={"tags": st.lists(st.sampled_from(TAGS), max_size=3)},  # Events of the first version have none.
)


@settings(max_examples=examples(300), deadline=None)
@given(conditions, snapshots)
def test_an_order_that_fulfils_a_condition_has_one_of_its_facets(condition: Condition, snapshot: Any) -> None:
    required = required_facets(condition)
    if condition.compiled()(Judged(snapshot)):
        assert required is None or required & set(facets_of(snapshot))


@pytest.mark.parametrize("field", FIELDS)
def test_equality_requires_a_facet_alone_in_a_list_and_within_and(field: Any) -> None:
    expensive = Amount("gt", Decimal(100))
    assert required_facets(OneOf(field, ("a",))) == frozenset({(field, "a")})
    assert required_facets(OneOf(field, ("a", "b"))) == frozenset({(field, "a"), (field, "b")})
    assert required_facets(AllOf((expensive, AllOf((expensive, OneOf(field, ("a",))))))) == frozenset({(field, "a")})
    assert required_facets(AnyOf((OneOf(field, ("a",)), OneOf(field, ("b",))))) == frozenset(
        {(field, "a"), (field, "b")}
    )
    assert required_facets(OneOf(field, ())) == frozenset()


def test_lines_and_tags_have_facets() -> None:
    sku, both = SomeLine((("sku", ("A", "B")),)), SomeLine((("sku", ("A", "B")), ("name", ("C",))))
    assert required_facets(sku) == frozenset({("line.sku", "A"), ("line.sku", "B")})
    assert required_facets(both) == frozenset({("line.sku", "A"), ("line.sku", "B")})
    named = SomeLine((), ("name",))
    assert required_facets(named) is None
    assert required_facets(SomeLine((("sku", ("A",)),), ("name",))) == frozenset({("line.sku", "A")})
    assert required_facets(AllOf((OneOf("status", ("NEW",)), Tagged(("x",))))) == frozenset({("tag", "x")})


def test_the_most_telling_of_several_equalities_is_required() -> None:
    status, email = OneOf("status", ("NEW",)), OneOf("customer_email", ("a@example.com", "b@example.com"))
    assert required_facets(AllOf((status, email))) == frozenset({("customer_email", value) for value in email.values})
    either = AnyOf((status, OneOf("id", IDS)))
    assert required_facets(AllOf((either, email))) == frozenset({("customer_email", value) for value in email.values})
    assert required_facets(AllOf((Missing("external_reference"), status))) == frozenset({("status", "NEW")})


def test_a_condition_that_any_order_may_fulfil_requires_nothing() -> None:
    email = OneOf("customer_email", ("a@example.com",))
    for condition in (Not(email), AnyOf((email, Amount("gt", Decimal(1)))), AllOf(()), None):
        assert required_facets(condition) is None
    many = OneOf("external_reference", tuple(map(str, range(MOST_FACETS))))
    assert len(required_facets(many) or ()) == MOST_FACETS
    assert required_facets(AnyOf((many, email))) is None
