"""Bars as a strategy sees them: ``self.data.close[-1]``, other symbols, slower timeframes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from naru.errors import StrategyUseError
from naru.series import Clock, Handle, Series

if TYPE_CHECKING:
    from naru.bars import Bars
    from naru.engine.runtime import Runtime

FIELDS = ("open", "high", "low", "close", "volume", "ts")


class BarSeries(Handle):
    """The series of one instrument at one timeframe."""

    __slots__ = (
        "_clock_", "_index_", "_run_", "close", "high", "low", "open", "symbol", "timeframe",
        "ts", "volume",
    )  # fmt: skip

    def __init__(
        self, run: Runtime, index: int, clock: Clock, bars: Bars, source: Callable[[], Bars]
    ) -> None:
        self._run_ = run
        self._index_ = index
        self._clock_ = clock
        self.symbol = bars.symbol
        self.timeframe = bars.timeframe
        for name in FIELDS:
            series = Series(clock, getattr(bars, name), name, _reading(source, name))
            setattr(self, name, series)

    open: Series
    high: Series
    low: Series
    close: Series
    volume: Series
    ts: Series

    def __len__(self) -> int:
        return self._clock_.row + 1

    def __repr__(self) -> str:
        return f"<data {self.symbol} {self.timeframe}: {len(self)} bars known>"


class Data(BarSeries):
    """One instrument of the run; the first one also leads to the others."""

    __slots__ = ()

    def __getitem__(self, symbol: str) -> Data:
        return self._run_.data_of(symbol)

    def __iter__(self) -> Iterator[str]:
        return iter(self.symbols)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The instruments of the run, in the order given."""
        return tuple(feed.symbol for feed in self._run_.market.feeds)

    def resample(self, timeframe: str) -> BarSeries:
        """Return this instrument's bars at a slower timeframe, as far as they have closed.

        To be called in ``init``. Bars begin at whole multiples of the timeframe in the session's
        local time, weeks on Mondays.
        """
        if self._run_.started:
            raise StrategyUseError("resample is called in init, so that its bars can be laid out")
        return self._run_.resample(self._index_, timeframe)


def _reading(source: Callable[[], Bars], name: str) -> Callable[[], Any]:
    return lambda: getattr(source(), name)
