"""Hashes that are the same in every process: those that are addresses are refused."""

from __future__ import annotations

import decimal
import types
from collections.abc import Callable
from typing import Any

import numpy as np

_OF_OBJECTS: Any = object.__hash__
_BOUND = (types.MethodType, types.MethodWrapperType, types.BuiltinMethodType)
# Made of the hashes of functions, classes and objects, which are addresses.
_MADE_OF_ADDRESSES = (
    *_BOUND,
    types.FunctionType,
    types.GenericAlias,
    types.UnionType,
    type(None),  # until Python 3.12
)
_NUMBERS = (float, complex, decimal.Decimal, np.inexact)


def safe_hash(value: Any) -> int:
    """Return a hash that is the same in every process. Raises TypeError where it is an address."""
    _refuse_address(value)
    return hash(value)


def safe_hasher(found: Any) -> Callable[..., int]:
    """Return what reading ``__hash__`` found, with the same refusal."""
    bound = (found.__self__,) if isinstance(found, _BOUND) else ()

    def hash_of(*values: Any) -> Any:
        for value in (*bound, *values)[:1]:
            if getattr(found, "__objclass__", None) is object:
                raise TypeError(_explain(value))
            _refuse_address(value)
        return found(*values)

    return hash_of


def _refuse_address(value: Any) -> None:
    if _hashes_by_address(value):
        raise TypeError(_explain(value))


def _explain(value: Any) -> str:
    return f"the hash of a '{type(value).__name__}' differs from run to run"


def _hashes_by_address(value: Any) -> bool:
    if isinstance(value, tuple | frozenset):
        return any(_hashes_by_address(item) for item in value)
    if isinstance(value, _NUMBERS):
        return bool(value != value)  # noqa: PLR0124 - no number equals no other, nor has it a hash
    if isinstance(value, range):
        return len(value) < 2  # made of None, where there is no step
    kind = type(value)
    return (
        isinstance(value, _MADE_OF_ADDRESSES)
        or kind.__module__ == "typing"
        or kind.__hash__ is _OF_OBJECTS
    )
