"""Series as a strategy sees them: values up to now, and none after.

A ``Clock`` knows which row is the newest; all series of one source share it. Names with an
underscore at both ends are the kit's own and are refused to user code by the sandbox, as in
``enum``; everything else is public.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, Self, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from naru.errors import StrategyUseError
from naru.ta import crossover

Floats = NDArray[np.float64]
# Indexing a Python list is several times faster than indexing an array, but a list of a whole
# long series is slow to make and to walk. Blocks of this many values stay in the cache.
BLOCK = 4096
# Where bars come one by one, a block is what is kept of the values before: a deployment lives long,
# and a host holds thousands of them.
LIVE_BLOCK = 64
NAN = math.nan


class Clock:
    """The position of a source of bars.

    base  the first row of the current block
    span  how many rows a block has
    place where the newest row stands in the block's lists, whose first entry is row ``base - 1``
    series  all series on it, in the order of declaration
    started whether bars have begun to pass
    """

    __slots__ = ("base", "loaded", "place", "series", "span", "started")

    def __init__(self) -> None:
        self.base = 0
        self.span = BLOCK
        self.place = 0
        self.loaded: list[Series] = []
        self.series: list[Series] = []
        self.started = False

    @property
    def row(self) -> int:
        """The newest known row; -1 before the first."""
        return self.base + self.place - 1

    def move(self, row: int) -> None:
        """Make ``row`` the newest."""
        base = max(row, 0) // self.span * self.span
        if base != self.base:
            self.base = base
            self.forget()
        self.place = row - base + 1

    def forget(self) -> None:
        """Drop all blocks: another part of the series, or longer series, are read from now on."""
        for series in self.loaded:
            series._block_ = series._crossings_ = None
        self.loaded.clear()

    def release(self) -> None:
        """Let go of all series, and they of their sources: no more bars will come."""
        self.forget()
        for series in self.series:
            series._source_ = None
        self.series.clear()

    def refresh(self) -> None:
        """Let all series look at what their sources have become: what they were, and more.

        Values that were read already stay as they are, so that a new bar costs the same anywhere.
        """
        if self.span != LIVE_BLOCK:
            row, self.span = self.row, LIVE_BLOCK
            self.forget()
            self.move(row)
        for series in self.series:
            if series._source_ is not None:
                series._values_ = series._source_()
        for series in self.loaded:
            block = series._block_
            if block is not None:
                start = self.base + len(block) - 2
                block[-1:-1] = series._values_[start : self.base + self.span].tolist()
            series._crossings_ = None


class Handle:
    """What stands for something of the run: copying it gives the same thing.

    A real copy would carry everything behind it along, the bars to come included.
    """

    __slots__ = ()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, _: SupportsIndex) -> NoReturn:
        raise TypeError(f"'{type(self).__name__}' belongs to its run and cannot be copied")


class Series(Handle):
    """A row of values that grows with time.

    ``s[-1]`` is the newest value, ``s[-2]`` the one before; before the first there is NaN.
    ``s[-20:]`` is an array of the newest twenty, ``len(s)`` how many there are. In ``init``,
    arithmetic makes new series; in ``on_bar`` it uses the newest value, as comparisons do.
    """

    __slots__ = ("_block_", "_clock_", "_crossings_", "_source_", "_values_", "name")

    def __init__(
        self,
        clock: Clock,
        values: NDArray[Any],
        name: str = "",
        source: Callable[[], NDArray[Any]] | None = None,
    ) -> None:
        if type(clock) is not Clock:
            raise StrategyUseError("series are made by self.indicator and by arithmetic in init")
        self._clock_ = clock
        self._values_ = values
        self._source_ = source
        self._block_: list[Any] | None = None
        self._crossings_: dict[object, list[bool]] | None = None
        self.name = name
        clock.series.append(self)

    def __init_subclass__(cls, **_: object) -> NoReturn:
        raise StrategyUseError("Series cannot be a base class: its methods trust its clock")

    def __getitem__(self, index: Any) -> Any:
        try:
            # The index itself is never used: an int that lies when compared gains nothing.
            if index == -1:
                return self._block_[self._clock_.place]  # type: ignore[index]
            if index == -2:
                return self._block_[self._clock_.place - 1]  # type: ignore[index]
        except TypeError:  # no block yet
            self._load_()
        return self._at_(index)

    def _load_(self) -> None:
        if self._block_ is None:
            base, span = self._clock_.base, self._clock_.span
            before = [NAN] if base == 0 else [self._values_[base - 1].item()]
            # With no bar at all, place 0 reads the entry before row 0; place - 1 must read it too.
            self._block_ = before + self._values_[base : base + span].tolist() + before
            self._clock_.loaded.append(self)

    def _at_(self, index: Any) -> Any:
        newest = self._clock_.row
        if isinstance(index, slice):
            return self._values_[: newest + 1][index].copy()
        index = int(operator.index(index))  # an int of exact type, whatever it was
        row = newest + 1 + index if index < 0 else index
        if row > newest:
            raise IndexError(f"bar {index} is not known yet; {newest + 1} are")
        return self._values_[row].item() if row >= 0 else NAN

    def __len__(self) -> int:
        return self._clock_.row + 1

    def __iter__(self) -> Iterator[Any]:
        return iter(self._known_().tolist())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self._known_().astype(dtype or self._values_.dtype)

    def _known_(self) -> NDArray[Any]:
        return self._values_[: self._clock_.row + 1].copy()

    def array(self) -> NDArray[Any]:
        """Return all values up to now, as an array of one's own."""
        return self._known_()

    def __float__(self) -> float:
        return float(self[-1])

    def __bool__(self) -> bool:
        return bool(self[-1])

    def __repr__(self) -> str:
        return f"<series {self.name or 'of values'}: {len(self)} known, newest {self[-1]!r}>"

    def _crossed_over_(self, other: Any) -> bool:
        """Tell whether it crossed above ``other`` at the newest bar, and remember for the block."""
        clock = self._clock_
        shared = isinstance(other, Series) and other._clock_ is clock
        if not (shared or type(other) in (int, float)):
            before, now = (other, other) if _is_number(other) else (other[-2], other[-1])
            return bool(self[-2] < before and self[-1] > now)
        self._load_()
        if self._crossings_ is None:
            self._crossings_ = {}
        base = clock.base
        start = max(base - 1, 0)
        rows = slice(start, base + clock.span)
        values = other._values_[rows] if shared else other
        crossed = crossover(self._values_[rows], values)
        self._crossings_[other] = [False] * (base == 0) + crossed.tolist()
        return self._crossings_[other][clock.place]

    def _derive_(self, function: Callable[..., Any], *others: Any) -> Any:
        """Apply a function of values: to all in ``init``, to the newest later on."""
        if self._clock_.started:
            return function(*(float(other) for other in others))
        others = tuple(_operand(other) for other in others)
        clocks = {id(other._clock_) for other in others if isinstance(other, Series)}
        if len(clocks) > 1:
            raise StrategyUseError("series of different timeframes or symbols have no common rows")

        def compute() -> NDArray[Any]:
            with np.errstate(all="ignore"):
                return np.asarray(
                    function(*(getattr(other, "_values_", other) for other in others)), dtype=float
                )

        return Series(self._clock_, compute(), function.__name__, compute)

    def _compare_(self, function: Callable[[float, float], bool], other: Any) -> bool:
        if not self._clock_.started:
            raise StrategyUseError("in init no value is known yet; compare in on_bar")
        return function(self[-1], float(other))

    def __lt__(self, other: Any) -> bool:
        return self._compare_(operator.lt, other)

    def __le__(self, other: Any) -> bool:
        return self._compare_(operator.le, other)

    def __gt__(self, other: Any) -> bool:
        return self._compare_(operator.gt, other)

    def __ge__(self, other: Any) -> bool:
        return self._compare_(operator.ge, other)

    def __add__(self, other: Any) -> Any:
        return self._derive_(operator.add, self, other)

    def __radd__(self, other: Any) -> Any:
        return self._derive_(operator.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return self._derive_(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return self._derive_(operator.sub, other, self)

    def __mul__(self, other: Any) -> Any:
        return self._derive_(operator.mul, self, other)

    def __rmul__(self, other: Any) -> Any:
        return self._derive_(operator.mul, other, self)

    def __truediv__(self, other: Any) -> Any:
        return self._derive_(operator.truediv, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._derive_(operator.truediv, other, self)

    def __pow__(self, other: Any) -> Any:
        return self._derive_(operator.pow, self, other)

    def __neg__(self) -> Any:
        return self._derive_(operator.neg, self)

    def __abs__(self) -> Any:
        return self._derive_(operator.abs, self)


def _operand(value: Any) -> Any:
    """Return a series or an exact number: anything else would be handed every value."""
    if type(value) is Series or type(value) in (int, float):
        return value
    if _is_number(value):
        return float(value)
    raise StrategyUseError(
        f"series are combined with series and numbers, not {type(value).__name__}"
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating)


def is_reserved(name: str) -> bool:
    """Tell whether an attribute's name is the kit's own: one underscore at both ends."""
    return len(name) > 2 and name[0] == name[-1] == "_" and name[1] != "_" and name[-2] != "_"
