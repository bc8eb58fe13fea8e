"""One set of rules: accepted values are kept byte for byte, bad values are refused quickly at any size."""

import dataclasses
import sys
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders import validation
from orders.services import NewOrder
from orders.validation import Errors
from orders.values.amounts import MAX_AMOUNT
from tenants.values import texts
from tests.form import examples


def checked(check, value, **rules):
    """The kept value, and the codes of the errors."""
    errors = Errors()
    kept = check(value, ("field",), errors, **rules)
    return kept, [error.code for error in errors.found]


def test_every_value_that_people_write_has_a_rule():
    """Without one, a text that is too long or has a NUL byte would be an error of PostgreSQL, and kept by SQLite."""
    ruled_elsewhere = {"lines", "total", "currency", "status"}
    assert {field.name for field in dataclasses.fields(NewOrder)} - ruled_elsewhere == {*validation.WRITTEN}


def test_unsafe_are_all_controls_separators_halves_of_pairs_and_bidi_overrides():
    characters = map(chr, range(sys.maxunicode + 1))
    kinds = {"Cc", "Cs", "Zl", "Zp"}
    unsafe = [one for one in characters if unicodedata.category(one) in kinds or one in texts.BIDI]
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert texts.UNSAFE.findall(everything) == unsafe
    assert texts.UNSAFE_IN_LINES.findall(everything) == [one for one in unsafe if one not in texts.LINES]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("0", "0.00"),
        ("-0", "0.00"),
        ("1.5", "1.50"),
        (1, "1.00"),
        (0.1, "0.10"),
        ("99999999.99", "99999999.99"),
        (Decimal("1E+2"), "100.00"),
    ],
)
def test_a_plain_amount_is_kept_with_two_places(given, kept):
    amount, wrong = checked(validation.check_amount, given, currency="EUR")
    assert (str(amount), wrong) == (kept, [])


@pytest.mark.parametrize(
    "given",
    [
        *(
            "NaN",
            "Infinity",
            "-Infinity",
            "1e5",
            "1E+2147483647",
            "",
            " 1",
            "1 ",
            "1,5",
            "0x10",
            "1_000",
            "٣",
            "１",
            "--1",
            ".",
        ),
        *(
            None,
            True,
            [],
            {},
            b"1",
            float("nan"),
            float("inf"),
            1e400,
            Decimal("NaN"),
            Decimal("sNaN"),
            Decimal("Infinity"),
        ),
        *("9" * 100_000, "0." + "1" * 100_000, Decimal("1E+2147483"), Decimal("1E-2147483")),
    ],
)
def test_a_malformed_amount_is_refused(given):
    assert checked(validation.check_amount, given, currency="EUR") == (Decimal(0), ["INVALID"])


@pytest.mark.parametrize(
    ("given", "currency", "code"),
    [
        ("-0.01", "EUR", "INVALID"),
        ("0.001", "EUR", "INVALID"),
        ("0.5", "JPY", "INVALID"),
        ("1.000", "EUR", "INVALID"),
        ("1.0000", "EUR", "INVALID"),
        (Decimal("1.000"), "EUR", "INVALID"),
        ("0.000", "EUR", "INVALID"),
        ("1.000", "JPY", "INVALID"),
        ("100000000", "EUR", "LIMIT_EXCEEDED"),
        pytest.param(10**5000, "EUR", "LIMIT_EXCEEDED", id="huge"),
        pytest.param(-(10**5000), "EUR", "INVALID", id="hugely negative"),
    ],
)
def test_an_amount_out_of_its_bounds_is_refused(given, currency, code):
    assert checked(validation.check_amount, given, currency=currency)[1] == [code]


@settings(max_examples=examples(100), deadline=None)
@given(st.decimals(min_value=0, max_value=MAX_AMOUNT, places=2))
def test_every_amount_of_the_column_is_kept(amount):
    assert checked(validation.check_amount, str(amount), currency="EUR") == (amount, [])


def test_an_amount_is_accepted_as_we_write_it_in_every_currency():
    assert checked(validation.check_amount, "1250.00", currency="JPY") == (Decimal("1250.00"), [])


@settings(max_examples=examples(100), deadline=None)
@given(st.decimals(min_value=0, max_value=MAX_AMOUNT, places=2), st.integers(1, 20))
def test_a_third_decimal_place_is_refused_whatever_its_digit(amount, more):
    assert checked(validation.check_amount, f"{amount}{'0' * more}", currency="EUR")[1] == ["INVALID"]


@pytest.mark.parametrize(
    "character", ["\x00", "\x07", "\n", "\r", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\u2066", "\ud800"]
)
def test_an_unsafe_character_is_refused_in_text(character):
    assert checked(validation.check_text, f"a{character}b", longest=10)[1] == ["INVALID"]


@settings(max_examples=examples(100), deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=50))
def test_any_other_text_is_kept_byte_for_byte(text):
    kept, wrong = checked(validation.check_text, text, longest=50)
    assert kept == text
    assert wrong == (["INVALID"] if set(text) & set(texts.BIDI) else [])


@pytest.mark.parametrize(
    "text",
    [
        "\u05d3\u05e0\u05d4 (A1)\u200e",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u061cA",
        "\u200f1",
        "👩\u200d🌾",
    ],
)
def test_right_to_left_text_with_its_marks_and_joiners_is_kept(text):
    assert checked(validation.check_text, text, longest=50) == (text, [])


@pytest.mark.parametrize("text", ["a@b.de", "", "o'hara+x@sub.example.com", "ada@bücher.example", "a@דוגמה.example"])
def test_an_address_is_kept(text):
    assert checked(validation.check_email, text) == (text, [])


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a@",
        "@b.de",
        "a b@c.de",
        "a@b.de\r\nBcc: x@y.de",
        "a@b..de",
        "x" * 250 + "@b.de",
        *(f"a@b{blank}c.de" for blank in "\u2028\u2003\u200b\u00ad\u200e\ufeff☃"),
    ],
)
def test_a_malformed_address_is_refused(text):
    assert len(checked(validation.check_email, text)[1]) == 1
