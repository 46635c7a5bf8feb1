"""Money, prices and sizes as results carry them, cheap to write and with all their digits."""

from collections.abc import Iterable
from decimal import Context, Decimal

# A float where its shortest text has all the value's digits, and no exponent: JSON writers and
# hashes write floats at once, and decimals by a call for each.
Amount = float | Decimal

# Quotients have no end in decimals; eighteen digits are more than any venue settles.
_published = Context(prec=18).plus
_exact = Context(prec=100)
_LEAST, _BOUND = 1e-3, 1e15  # what is no larger than this, in units of its last digit, has 15


def amount(value: Decimal) -> Amount:
    """Return a value, rounded to 18 digits, in the form in which it is published."""
    value = _published(value)
    number = float(value)
    is_plain = not number or _LEAST <= abs(number) < _BOUND
    if is_plain and Decimal(repr(number)) == value:
        return number
    return value.normalize()


def amounts(numbers: Iterable[int], digits: int) -> list[Amount]:
    """Return ``amount`` of each number, whose last so many digits stand after the point."""
    unit, least, bound = 10**digits, max(10**digits // 1000, 1), int(_BOUND)
    return [
        # Fifteen digits survive a float64; the quotient of integers is rounded once.
        number / unit
        if least <= abs(number) < bound or not number
        else amount(Decimal(number).scaleb(-digits, _exact))
        for number in numbers
    ]
