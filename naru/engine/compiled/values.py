"""What an expression of ``on_bar`` is at every bar: a number, a row of numbers, or not known.

Rows are float64 arrays with one value a bar. The rules are Python's: a division by zero raises
there and is noted here as a danger, so that the bar is left to Python.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

# Whole numbers up to here are the same in a float, so a row may be compared and mixed with them.
_EXACT = 2**53


class OpaqueError(Exception):
    """This part of the source is not understood; Python must run it."""


class Unknown:
    """A value that depends on the account, and that cannot raise when it is used as what it is.

    is_number  whether it can be compared and added; else it can only be true or false
    """

    __slots__ = ("is_number",)

    def __init__(self, *, is_number: bool) -> None:
        self.is_number = is_number


NUMBER = Unknown(is_number=True)
OBJECT = Unknown(is_number=False)


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition, bar by bar: where it may hold and where it may not. Exact where never both.

    is_exact  whether it is known to be so everywhere; if not, it may be all the same
    """

    true: Bools
    false: Bools
    is_exact: bool

    def __invert__(self) -> Truth:
        return Truth(self.false, self.true, self.is_exact)

    def __and__(self, other: Truth) -> Truth:
        is_exact = self.is_exact and other.is_exact
        return Truth(self.true & other.true, self.false | other.false, is_exact)

    def __or__(self, other: Truth) -> Truth:
        is_exact = self.is_exact and other.is_exact
        return Truth(self.true | other.true, self.false & other.false, is_exact)


def is_scalar(value: object) -> bool:
    """Tell whether a value is a plain number that a row may be mixed with."""
    return type(value) is float or (type(value) is int and -_EXACT <= value <= _EXACT)


def is_numeric(value: object) -> bool:
    """Tell whether a value is a number at every bar, known or not."""
    return (
        is_scalar(value)
        or (type(value) is np.ndarray and value.dtype == np.float64)
        or (type(value) is Unknown and value.is_number)
    )


def arithmetic(function: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Apply + - * / to numbers. Division by a row is the caller's to watch."""
    if not (is_numeric(left) and is_numeric(right)):
        raise OpaqueError
    if type(left) is Unknown or type(right) is Unknown:
        return NUMBER
    if is_scalar(left) and is_scalar(right):
        try:
            result = function(left, right)
        except ArithmeticError as error:
            raise OpaqueError from error
        if not is_scalar(result):
            raise OpaqueError
        return result
    with np.errstate(all="ignore"):
        return function(left, right)
