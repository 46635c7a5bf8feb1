"""Amounts are the decimals' own digits, whichever form they have."""

from decimal import Context, Decimal

import orjson
from hypothesis import given
from hypothesis import strategies as st

from naru.engine.amounts import amount, amounts

EIGHTEEN = Context(prec=18)
numbers = st.integers(-(10**40), 10**40) | st.integers(-(10**16), 10**16) | st.integers(-99, 99)


@given(numbers, st.integers(0, 25))
def test_amounts_of_integers_are_those_of_their_decimals(number: int, digits: int) -> None:
    value = Decimal(number).scaleb(-digits, Context(prec=100))

    (found,) = amounts([number], digits)

    assert repr(found) == repr(amount(value))


@given(numbers, st.integers(-25, 5))
def test_amounts_keep_eighteen_digits(number: int, exponent: int) -> None:
    value = Decimal(number).scaleb(exponent, Context(prec=100))

    found = amount(value)

    assert Decimal(repr(found) if isinstance(found, float) else found) == EIGHTEEN.plus(value)


@given(numbers, st.integers(-25, 5))
def test_floats_among_amounts_are_written_as_their_digits(number: int, exponent: int) -> None:
    found = amount(Decimal(number).scaleb(exponent, Context(prec=100)))

    if isinstance(found, float):
        text = orjson.dumps(found).decode()
        assert "e" not in text
        assert Decimal(text) == Decimal(repr(found))


def test_what_a_float_does_not_hold_stays_a_decimal() -> None:
    assert amounts([123_456_789_012_345_678, 5], 8) == [
        Decimal("1234567890.12345678"),
        Decimal("0.00000005"),
    ]
    assert amounts([1_250_000_000, 0], 8) == [12.5, 0.0]
    assert repr(amount(Decimal("7.00"))) == "7.0"
