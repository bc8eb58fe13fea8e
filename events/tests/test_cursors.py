"""Cursors can't be forged, changed or used by another tenant."""

import base64
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import cursors
from events.errors import InvalidCursor
from tests.form import examples

pytestmark = pytest.mark.both_databases

TENANT, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
positions = st.integers(min_value=0, max_value=2**63 - 1)


@settings(max_examples=examples(100), deadline=None)
@given(positions)
def test_a_cursor_comes_back_as_its_position(position):
    assert cursors.decode(TENANT, cursors.encode(TENANT, position)) == position


@settings(max_examples=examples(100), deadline=None)
@given(positions)
def test_another_tenants_cursor_is_refused(position):
    with pytest.raises(InvalidCursor):
        cursors.decode(OTHER, cursors.encode(TENANT, position))


@settings(max_examples=examples(100), deadline=None)
@given(positions, st.integers(min_value=0, max_value=18), st.integers(min_value=1, max_value=255))
def test_a_changed_cursor_is_refused(position, place, change):
    raw = bytearray(base64.urlsafe_b64decode(cursors.encode(TENANT, position) + "=="))
    raw[place] ^= change
    with pytest.raises(InvalidCursor):
        cursors.decode(TENANT, base64.urlsafe_b64encode(raw).decode().rstrip("="))


@settings(max_examples=examples(100), deadline=None)
@given(st.text(max_size=40))
def test_any_other_text_is_refused(text):
    with pytest.raises(InvalidCursor):
        cursors.decode(TENANT, text)


def test_a_cursor_outlives_a_change_of_the_secret_key(settings):
    cursor = cursors.encode(TENANT, 7)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert cursors.decode(TENANT, cursor) == 7
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidCursor):
        cursors.decode(TENANT, cursor)
