"""Money, prices and sizes as results carry them, cheap to write and with all their digits."""

from collections.abc import Iterable
from decimal import Context, Decimal

# A float where its shortest text has all the value's digits, and no exponent: JSON writers and
# hashes write floats at once, and decimals by a call for each.
Amount = float | Decimal

# Quotients have no end in decimals; eighteen digits are more than any venue settles.
_published = Context(prec=18).plus
_exact = Context(prec=100)
_LEAST, _BOUND = 1e-3, 1e15
_SURE = 15  # digits that survive a float64


def amount(value: Decimal) -> Amount:
    """Return a value, rounded to 18 digits, in the form in which it is published."""
    text = str(value)
    if len(text) <= _SURE and "E" not in text:
        number = float(text)  # a float of a decimal's text is had sooner than that of a decimal
        if abs(number) >= _LEAST or not number:
            return number
    value = _published(value)
    number = float(value)
    if (not number or _LEAST <= abs(number) < _BOUND) and Decimal(repr(number)) == value:
        return number
    return value.normalize()


def amounts(numbers: Iterable[int], digits: int) -> list[Amount]:
    """Return ``amount`` of each number, whose last so many digits stand after the point."""
    unit, least, bound = 10**digits, max(10**digits // 1000, 1), int(_BOUND)
    return [
        # At most fifteen digits; the quotient of integers is rounded once.
        number / unit
        if least <= abs(number) < bound or not number
        else amount(Decimal(number).scaleb(-digits, _exact))
        for number in numbers
    ]
