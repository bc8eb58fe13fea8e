"""Literals are those of psycopg, and what is not plain is left to it."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from psycopg.adapt import Transformer

from orders.states import Status
from tenants.db.backend.literals import WRITERS

ZONES = st.one_of(st.just(UTC), st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes))))
VALUES = st.one_of(
    st.text(),
    st.text("'\\\0\"a;-"),
    st.integers(),
    st.decimals(),
    st.uuids(),
    st.booleans(),
    st.none(),
    st.datetimes(timezones=ZONES),
    st.datetimes(),
    st.floats(),
    st.binary(),
)


def literal(value: object) -> str | None:
    """The value as it is written here; None if it is left to psycopg."""
    return WRITERS[type(value)](value)


@given(VALUES)
def test_literal_is_that_of_psycopg_or_left_to_it(value: object) -> None:
    written = literal(value)
    if written is not None:
        expected = b"NULL" if value is None else Transformer().as_literal(value)
        assert written.encode("utf-8", "surrogatepass") == bytes(expected)


def test_plain_values_are_written_here() -> None:
    moment = datetime(2026, 11, 30, 12, tzinfo=UTC)
    plain = ["O'Neill", "", 0, -5, Decimal("12.50"), moment, UUID(int=1), True, None, Status.NEW]

    assert all(literal(value) is not None for value in plain)


def test_what_a_setting_or_the_server_decides_is_left_to_psycopg() -> None:
    for value in ("a\\'", "a\0", Decimal("NaN"), Decimal("-1"), datetime(2026, 11, 30, 12), [1], b"x"):  # noqa: DTZ001
        assert literal(value) is None
