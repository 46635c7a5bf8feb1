"""What is known about every indicator: inputs, parameters, outputs, warm-up, live counterpart.

Two rules hold for all of them, so they are kept here and nowhere else:

- **Warm-up.** The first ``warmup`` rows have no value (NaN).
- **Gaps.** A row in which any input is not finite is a gap. It has no value, and after it the
  indicator starts anew, warm-up included, as if the series began there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import update_wrapper
from math import isfinite
from types import FunctionType, MappingProxyType
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, cast

import numpy as np

from naru.ta.arrays import NAN, FloatArray, as_equal_series, finite_runs
from naru.ta.errors import IndicatorArgumentError
from naru.ta.sharing import current_memo

P = ParamSpec("P")
R = TypeVar("R")
MAX_PERIOD = 1_000_000
_MISSING = object()


class State(Protocol):
    """The memory of one indicator between bars. It is fed finite values only."""

    @property
    def update(self) -> Callable[..., Any]:
        """Take one row; return its value, a NamedTuple when there are several outputs."""


class Indicator:
    """An entry of the registry.

    name      the function's name
    inputs    names of the series arguments, in order
    outputs   names of the outputs; one output is called as the function
    params    parameter names with their defaults, in order
    """

    def __init__(
        self,
        function: FunctionType,
        inputs: Sequence[str],
        outputs: type[tuple[Any, ...]] | None,
        warmup: Callable[..., int],
        state: Callable[..., State],
        limits: Mapping[str, tuple[float, float]],
        choices: Mapping[str, Sequence[str]],
        check: Callable[..., None] | None,
    ) -> None:
        code = function.__code__
        names = code.co_varnames[: code.co_argcount]
        defaults = function.__defaults__ or ()
        self.function = function
        self.name = function.__name__
        self.inputs = tuple(inputs)
        self.outputs: tuple[str, ...] = getattr(outputs, "_fields", (self.name,))
        required = names[len(inputs) : len(names) - len(defaults)]
        optional = names[len(names) - len(defaults) :]
        self.params: Mapping[str, object] = MappingProxyType(
            dict.fromkeys(required, _MISSING) | dict(zip(optional, defaults, strict=True))
        )
        self._series = names[: len(inputs)]
        self._kinds = tuple(str(function.__annotations__[name]) for name in self.params)
        self._bundle: Callable[..., Any] | None = outputs
        self._warmup = warmup
        self._state = state
        self._limits = limits
        self._choices = choices
        self._check = check

    def settle(self, args: Sequence[object], kwargs: Mapping[str, object]) -> list[Any]:
        """Return the parameters in order, checked and with defaults filled in."""
        if len(args) > len(self.params):
            raise IndicatorArgumentError(
                self.name, f"takes {len(self.params)} parameters, {len(args)} were given"
            )
        settled = []
        for index, (name, default) in enumerate(self.params.items()):
            if index < len(args):
                value = args[index]
                if name in kwargs:
                    raise IndicatorArgumentError(name, "is given twice")
            else:
                value = kwargs.get(name, default)
            settled.append(self._checked(name, self._kinds[index], value))
        for name in kwargs:
            if name not in self.params:
                raise IndicatorArgumentError(name, f"is not a parameter of {self.name}")
        if self._check is not None:
            self._check(*settled)
        return settled

    def _checked(self, name: str, kind: str, value: object) -> object:
        if value is _MISSING:
            raise IndicatorArgumentError(name, "is missing")
        if kind == "str":
            if type(value) is not str or value not in self._choices[name]:
                raise IndicatorArgumentError(
                    name, f"must be one of {', '.join(self._choices[name])}, not {value!r}"
                )
            return value
        if isinstance(value, np.ndarray | list | tuple):
            message = f"must be a number, not a series: series come first in {self.name}"
            raise IndicatorArgumentError(name, message)
        if isinstance(value, bool | np.bool_):
            raise IndicatorArgumentError(name, f"must be a number, not {value!r}")
        if kind == "int":
            if not isinstance(value, int | np.integer):
                raise IndicatorArgumentError(name, f"must be a whole number, not {value!r}")
            low, high = self._limits.get(name, (1, MAX_PERIOD))
            number: int | float = int(value)
        else:
            if not isinstance(value, int | float | np.integer | np.floating):
                raise IndicatorArgumentError(name, f"must be a number, not {value!r}")
            low, high = self._limits.get(name, (0.0, 1e9))
            number = float(value)
        if not low <= number <= high:
            raise IndicatorArgumentError(name, f"must lie within {low} and {high}, not {value!r}")
        return number

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute the whole series."""
        count = len(self._series)
        series = list(args[:count])
        for name in self._series[len(series) :]:
            if name not in kwargs:
                raise IndicatorArgumentError(name, "is missing")
            series.append(kwargs.pop(name))
        params = self.settle(args[count:], kwargs)
        arrays = as_equal_series(self._series, series)
        warmup = self._warmup(*params)
        rows = len(arrays[0])
        runs = [run for run in finite_runs(arrays) if run[1] - run[0] > warmup]
        if runs == [(0, rows)]:
            result = self._kernel(arrays, params)
            if self._bundle is None:
                return _placed(result, rows)
            return self._bundle(*(_placed(column, rows) for column in result))
        columns = [np.full(rows, NAN) for _ in self.outputs]
        for start, stop in runs:
            result = self._kernel([array[start:stop] for array in arrays], params)
            for column, part in zip(
                columns, (result,) if self._bundle is None else result, strict=True
            ):
                column[stop - len(part) : stop] = part
        return columns[0] if self._bundle is None else self._bundle(*columns)

    def _kernel(self, arrays: list[FloatArray], params: list[Any]) -> Any:
        # Kernels choose between ratios after dividing; what overflows is infinite, not an error.
        with np.errstate(all="ignore"):
            return self.function(*arrays, *params)

    def warmup(self, *args: object, **kwargs: object) -> int:
        """Return how many leading rows have no value, for these parameters."""
        return self._warmup(*self.settle(args, kwargs))

    def incremental(self, *args: object, **kwargs: object) -> Incremental[Any]:
        """Return the counterpart that takes one row at a time."""
        params = self.settle(args, kwargs)
        gap = NAN if self._bundle is None else self._bundle(*(NAN for _ in self.outputs))
        return Incremental(self, lambda: self._state(*params), gap, self._warmup(*params))


def _placed(part: FloatArray, rows: int) -> FloatArray:
    """Put the values of a kernel, which may leave the warm-up out, at the end of the rows."""
    if len(part) == rows:
        return part
    whole = np.empty(rows)
    whole[: rows - len(part)] = NAN
    whole[rows - len(part) :] = part
    return whole


class Incremental(Generic[R]):
    """An indicator fed bar by bar; its values equal the vectorised ones.

    indicator  the registry's entry
    warmup     how many rows after the start or a gap have no value
    """

    __slots__ = ("_gap", "_make", "_state", "indicator", "warmup")

    def __init__(
        self, indicator: Indicator, make: Callable[[], State], gap: R, warmup: int
    ) -> None:
        self.indicator = indicator
        self.warmup = warmup
        self._make = make
        self._state = make()
        self._gap = gap

    def update(self, *values: float) -> R:
        """Take the inputs of one bar, in the function's order; return the value, NaN if none."""
        for value in values:
            if not isfinite(value):
                self.reset()
                return self._gap
        return cast("R", self._state.update(*values))

    def reset(self) -> None:
        """Forget everything that was fed."""
        self._state = self._make()


INDICATORS: dict[str, Indicator] = {}


def indicator(
    *inputs: str,
    warmup: Callable[..., int],
    state: Callable[..., State],
    outputs: type[tuple[Any, ...]] | None = None,
    limits: Mapping[str, tuple[float, float]] | None = None,
    choices: Mapping[str, Sequence[str]] | None = None,
    check: Callable[..., None] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Register a kernel as a public indicator.

    The kernel gets finite arrays longer than the warm-up and returns its values for the last
    rows; it may leave the warm-up out. ``limits`` are inclusive bounds (default 1 to
    ``MAX_PERIOD`` for whole numbers, 0 to 1e9 for others); ``check`` sees all parameters.
    """

    def register(function: Callable[P, R]) -> Callable[P, R]:
        kernel = cast("FunctionType", function)
        entry = Indicator(
            kernel, inputs, outputs, warmup, state, limits or {}, choices or {}, check
        )
        INDICATORS[entry.name] = entry

        def compute(*args: P.args, **kwargs: P.kwargs) -> R:
            memo = current_memo()
            if memo is None:
                return cast("R", entry.call(args, kwargs))
            return cast("R", memo.look(entry.call, args, kwargs))

        compute.indicator = entry  # type: ignore[attr-defined]
        return update_wrapper(compute, function)

    return register


def describe(function: Callable[..., Any]) -> Indicator:
    """Return the registry's entry of a ``ta`` function; raise IndicatorArgumentError if none."""
    entry = getattr(function, "indicator", None)
    if not isinstance(entry, Indicator):
        raise IndicatorArgumentError("function", f"{function!r} is not an indicator of ta")
    return entry


def warmup(function: Callable[..., Any], *args: object, **kwargs: object) -> int:
    """Return how many leading bars ``function`` leaves without a value: ``warmup(sma, 20)``."""
    return describe(function).warmup(*args, **kwargs)


def incremental(function: Callable[..., Any], *args: object, **kwargs: object) -> Incremental[Any]:
    """Return the bar-by-bar counterpart of ``function``: ``incremental(sma, 20)``."""
    return describe(function).incremental(*args, **kwargs)


def indicators() -> Mapping[str, Indicator]:
    """Return every registered indicator by name."""
    return MappingProxyType(dict(INDICATORS))
