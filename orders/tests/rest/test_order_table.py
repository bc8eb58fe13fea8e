"""Orders as CSV."""

import csv
import io

import pytest
from django.db.models import Q
from hypothesis import given
from hypothesis import strategies as st

from orders.models import Order
from orders.rest.order_table import COLUMNS, FORMULA, SORTS, OrderTable, cell_of, csv_lines
from orders.selectors import orders_matching
from orders.states import Status
from tenants.context import tenant_context
from tests.factories import place_order

BY_AGE = ("-created_at", "-id")


def rows_of(tenant, **filters):
    text = b"".join(block for block, _ in OrderTable(tenant.pk, Q(**filters)).blocks()).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.django_db
@pytest.mark.both_databases
def test_every_order_has_a_row_with_its_values_newest_first(tenant, other_tenant):
    place_order(metadata={"a": 1}, external_reference="PO-1", status=Status.PAID)
    place_order(total="1.00", customer_name='Ada "the", first')
    with tenant_context(other_tenant.pk):
        place_order()

    rows = rows_of(tenant)

    assert list(rows[0]) == list(COLUMNS)
    orders = list(orders_matching().order_by(*BY_AGE))
    assert [row["id"] for row in rows] == [str(order.id) for order in orders]
    assert [row["customer_name"] for row in rows] == ['Ada "the", first', "Ada Lovelace"]
    assert (rows[1]["metadata"], rows[1]["external_reference"]) == ('{"a":1}', "PO-1")
    assert (rows[1]["total"], rows[1]["status"], rows[1]["shipped_at"]) == ("25.00", "PAID", "")
    assert rows[1]["paid_at"] == orders[1].paid_at.isoformat()


@pytest.mark.django_db
def test_only_a_table_for_a_spreadsheet_begins_with_a_byte_order_mark(tenant):
    place_order(customer_name="Amélie")
    plain, saved = [
        b"".join(block for block, _ in OrderTable(tenant.pk, spreadsheet=form).blocks()) for form in (None, "point")
    ]

    assert plain.startswith(b"id,number,")
    assert saved == b"\xef\xbb\xbf" + plain


@pytest.mark.django_db
def test_a_table_with_decimal_commas_has_semicolons_between_its_cells(tenant):
    place_order(customer_name="Meier; Söhne, Ulm", total="1234.50", tags=["a.b"])
    table = b"".join(block for block, _ in OrderTable(tenant.pk, spreadsheet="comma").blocks())

    [row] = csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline=""), delimiter=";")
    assert list(row) == list(COLUMNS)
    assert (row["customer_name"], row["total"], row["refunded_total"]) == ("Meier; Söhne, Ulm", "1234,50", "0,00")
    assert row["tags"] == "a.b"


@pytest.mark.django_db
def test_an_unknown_spreadsheet_is_refused(client, tenant):
    answer = client.get("/api/orders.csv", {"spreadsheet": "excel"})

    assert (answer.status_code, answer.json()["errors"]) == (
        400,
        [{"path": ["spreadsheet"], "code": "INVALID", "message": "Must be one of point, comma."}],
    )


@pytest.mark.django_db
@pytest.mark.both_databases
def test_a_table_of_several_blocks_has_every_order_once(tenant):
    Order.objects.bulk_create([Order(total=number) for number in range(205)])
    blocks = list(OrderTable(tenant.pk).blocks())

    assert [count for _, count in blocks] == [0, 100, 100, 5]
    assert {row["total"] for row in rows_of(tenant)} == {f"{number}.00" for number in range(205)}


@pytest.mark.django_db
@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("sort", "by"), [("placed", "created_at"), ("changed", "updated_at"), ("total", "total_cents")]
)
def test_a_table_is_sorted_across_its_blocks(tenant, sort, by):
    Order.objects.bulk_create([Order(total=number % 7) for number in range(120)])
    place_order(status=Status.PAID)
    upwards = [str(id) for id in Order.objects.order_by(by, "id").values_list("id", flat=True)]

    for name, ids in ((sort, upwards), (f"-{sort}", upwards[::-1])):
        table = b"".join(block for block, _ in OrderTable(tenant.pk, sort=name).blocks()).decode()
        assert [row["id"] for row in csv.DictReader(io.StringIO(table, newline=""))] == ids


@pytest.mark.django_db
@pytest.mark.parametrize("sort", SORTS)
def test_a_block_takes_one_statement(tenant, django_assert_num_queries, sort):
    Order.objects.bulk_create([Order(total=number) for number in range(101)])
    blocks = OrderTable(tenant.pk, sort=sort).blocks()
    next(blocks)

    with django_assert_num_queries(2):
        assert [count for _, count in blocks] == [100, 1]


@pytest.mark.django_db
def test_a_table_keeps_to_its_filters(tenant):
    paid = place_order(status=Status.PAID)
    place_order()

    assert [row["id"] for row in rows_of(tenant, status__in=["PAID"])] == [str(paid.id)]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "\n=1", "＝1", "－1", "=cmd|' /C calc'!A0"]
)
def test_a_formula_is_shown_as_text(text):
    assert cell_of(text) == f"'{text}"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_comes_back_from_its_cell(text):
    written = csv_lines([[cell_of(text), "end"]]).decode()

    [[read, end]] = csv.reader(io.StringIO(written, newline=""))

    assert (read.removeprefix("'") if FORMULA.match(text) else read, end) == (text, "end")


@pytest.mark.parametrize("plain", ["", "Ada", "1.00", "a=1", "{}", "2026-11-30T12:00:00+00:00", "(1)"])
def test_other_text_stays_as_it_is(plain):
    assert cell_of(plain) == plain
