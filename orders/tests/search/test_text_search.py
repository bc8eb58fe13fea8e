"""On PostgreSQL the text index finds the orders of a rare search, with the same result as the filter."""

from importlib import import_module

import pytest
from django.db import ProgrammingError, connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from orders import selectors
from orders.models import Order
from orders.search import text_search
from orders.search.filters import AllOf, AnyOf, Condition, Mentions, Not, OneOf
from orders.search.text_search import few_matching
from orders.selectors import count_of_orders, orders_found, orders_matching
from tenants.context import no_tenant, tenant_context
from tenants.models import Tenant
from tenants.pagination.keyset import Keyset, PageRequest, Source, moment, uuid
from tests.factories import place_order

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db,
    pytest.mark.both_databases,
    pytest.mark.usefixtures("nothing_follows"),
]

NEWEST = Keyset("test", (moment("created_at"), uuid("id")), descending=True)
NAMES = ["Ada Lovelace", "Änne Straße", "100% Tee", "a_b_c", r"back\slash\n", "o'neil", "ﬁne", "東京都"]


@pytest.fixture
def orders(other_tenant: Tenant) -> dict[str, Order]:
    """One order for each name, and the same orders in another tenant."""
    with tenant_context(other_tenant.pk):
        for name in NAMES:
            place_order(customer_name=name, customer_email="")
    return {name: place_order(customer_name=name, customer_email="") for name in NAMES}


def found_by(condition: Condition) -> QuerySet[Order] | Source[Order]:
    """What a page reads."""
    return orders_found(condition, few_matching(condition))


def names(condition: Condition, tenant: Tenant) -> list[str]:
    """The customer names of the orders on the first page."""
    return [order.customer_name for order in NEWEST.read(tenant.pk, found_by(condition), PageRequest()).rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[(name, [name]) for name in NAMES],
        *[("lovel", NAMES[:1]), ("STRASSE", NAMES[1:2]), ("ovelace ada", NAMES[:1]), ("00%", NAMES[2:3])],
        *[("%%%", []), ("___", []), ("_b_", NAMES[3:4]), ("\\sl", NAMES[4:5]), (r"\\\\", []), ("'ne", NAMES[5:6])],
        *[("fine", NAMES[6:7]), ("ace ada lov ove 00%", []), ("lovelace ada ove vel ace", NAMES[:1])],
    ],
)
def test_orders_that_mention_every_word_are_found(
    orders: dict[str, Order], tenant: Tenant, text: str, expected: list[str]
) -> None:
    condition = Mentions.of(text)
    few = few_matching(condition)
    assert few is not None
    assert sorted(few) == sorted(orders[name].id for name in expected)
    assert (
        names(condition, tenant) == expected == list(orders_matching(condition).values_list("customer_name", flat=True))
    )
    assert count_of_orders(condition, few) == (len(expected), True)


def test_the_index_is_not_used_for_frequent_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(6):
        place_order(customer_name="Common")
    assert few_matching(Mentions.of("common")) is None
    assert few_matching(Mentions.of("absent")) == []


@pytest.mark.parametrize("condition", [Mentions.of("common"), Not(Mentions.of("absent")), AnyOf((Mentions.of("mm"),))])
def test_frequent_words_are_counted_in_the_newest_orders(
    condition: Condition, monkeypatch: pytest.MonkeyPatch, other_tenant: Tenant
) -> None:
    for _ in range(7):
        place_order(customer_name="Common")
    with tenant_context(other_tenant.pk):
        place_order(customer_name="Common")
    assert count_of_orders(condition, few_matching(condition)) == (7, True)

    monkeypatch.setattr(selectors, "MOST_SEARCHED", 4)

    assert count_of_orders(condition, few_matching(condition)) == (4, False)
    assert count_of_orders(OneOf("status", ("NEW",)), None) == (7, True)


def test_more_than_a_few_matches_return_none(orders: dict[str, Order], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_search, "MOST", 0)
    assert few_matching(Mentions.of("lovelace")) is None
    assert few_matching(Mentions.of("absent")) == []


@pytest.mark.parametrize(
    "condition",
    [
        *[None, Mentions.of(""), Mentions.of("ab c"), Mentions.of("nul\x00l"), OneOf("status", ("NEW",))],
        *[Not(Mentions.of("lovelace")), AnyOf((Mentions.of("lovelace"), OneOf("status", ("NEW",))))],
    ],
)
def test_a_condition_without_a_required_word_sends_no_statement(condition: Condition | None) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert few_matching(condition) is None
    assert len(asked) == 0


LOVELACE, STRASSE, MANY = Mentions.of("lovelace"), Mentions.of("strasse"), Mentions.of("t")


@pytest.mark.parametrize(
    ("condition", "found", "statements"),
    [
        (AnyOf((LOVELACE, STRASSE)), NAMES[:2], 2),
        (AllOf((OneOf("status", ("NEW",)), AnyOf((LOVELACE, AllOf((STRASSE, MANY)))))), NAMES[:2], 2),
        (AnyOf((LOVELACE, AnyOf((STRASSE, Mentions.of("absent"))))), NAMES[:2], 3),
        (AllOf((MANY, AnyOf((MANY, LOVELACE)), AnyOf((STRASSE, LOVELACE)))), NAMES[:2], 2),
        (AnyOf(()), [], 0),
        (AnyOf((LOVELACE, MANY)), None, 0),
        (AnyOf((LOVELACE, Not(STRASSE))), None, 0),
    ],
)
def test_words_of_which_one_is_enough_are_found_one_by_one(
    orders: dict[str, Order], condition: Condition, found: list[str] | None, statements: int, tenant: Tenant
) -> None:
    with CaptureQueriesContext(connection) as asked:
        few = few_matching(condition)

    assert (few if few is None else sorted(few)) == (
        found if found is None else sorted(orders[one].id for one in found)
    )
    assert len(asked) == statements
    assert sorted(names(condition, tenant)) == sorted(
        orders_matching(condition).values_list("customer_name", flat=True)
    )


def test_a_frequent_word_among_alternatives_finds_none(orders: dict[str, Order]) -> None:
    for _ in range(6):
        place_order(customer_name="Common")
    assert few_matching(AnyOf((LOVELACE, Mentions.of("common")))) is None
    assert few_matching(AllOf((Mentions.of("common"), AnyOf((LOVELACE, STRASSE))))) is not None


def test_other_conditions_hold_as_well(orders: dict[str, Order], tenant: Tenant) -> None:
    lovelace = Mentions.of("lovelace")
    assert names(AllOf((lovelace, OneOf("status", ("NEW",)))), tenant) == ["Ada Lovelace"]
    assert names(AllOf((OneOf("status", ("PAID",)), AllOf((lovelace,)))), tenant) == []
    assert names(AllOf((lovelace, Not(lovelace))), tenant) == []


def test_no_tenant_finds_nothing(orders: dict[str, Order]) -> None:
    with no_tenant():
        assert few_matching(Mentions.of("lovelace")) == []


def test_search_words_are_reset_afterwards(orders: dict[str, Order]) -> None:
    few_matching(Mentions.of("lovelace"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT concat(current_setting('app.word_1'), current_setting('app.word_2'))")
        assert cursor.fetchone() == ("",)
    assert Order.objects.count() == len(NAMES)


def test_missing_extension_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """A login that may not create an extension."""
    migration = import_module("orders.migrations.0007_find_by_words")
    monkeypatch.setattr(migration, "EXTENSIONS", ("citext",))
    with pytest.raises(ProgrammingError) as caught, connection.schema_editor() as editor:
        migration.make_index(None, editor)
    assert "an administrator run in this database, once:\n    CREATE EXTENSION citext;" in str(caught.value)
