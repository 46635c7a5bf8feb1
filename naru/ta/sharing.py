"""Computing an indicator once where the same one is asked for again and again, as sweeps do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

_LARGEST_BYTES = 200 << 20


class Memo:
    """Results by function and arguments; arrays count by identity, so they must not change."""

    def __init__(self) -> None:
        self._results: dict[tuple[object, ...], tuple[Any, tuple[Any, ...]]] = {}
        self._bytes = 0

    def look(
        self, compute: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        """Return the result of a call, computed or remembered. Its arrays are read-only."""
        key = (compute, *map(_identity, args), *sorted(options.items()))
        try:
            known = self._results.get(key)
        except TypeError:  # series given as lists or by keyword have no identity to go by
            return compute(args, options)
        if known is not None:
            return known[0]
        result = compute(args, options)
        columns = result if isinstance(result, tuple) else (result,)
        size = sum(column.nbytes for column in columns)
        read_only = all(not arg.flags.writeable for arg in args if isinstance(arg, np.ndarray))
        if read_only and self._bytes + size <= _LARGEST_BYTES:
            for column in columns:
                column.flags.writeable = False
            self._bytes += size
            self._results[key] = (result, args)  # the arrays live on, so their identity does
        return result


def _identity(value: Any) -> object:
    return ("array", id(value)) if isinstance(value, np.ndarray) else (type(value), value)


_memo: ContextVar[Memo | None] = ContextVar("naru_ta_memo", default=None)


def current_memo() -> Memo | None:
    """Return what results are remembered in, if they are."""
    return _memo.get()


@contextmanager
def shared() -> Iterator[None]:
    """Remember results of indicators on read-only arrays until the end of the block."""
    token = _memo.set(Memo())
    try:
        yield
    finally:
        _memo.reset(token)
