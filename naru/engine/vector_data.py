"""The bars of a run as a vector strategy gets them: whole arrays, by instrument and as tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from naru.data import FIELDS
from naru.engine.market import Floats, Market
from naru.errors import StrategyUseError
from naru.ta.frozen import beginning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from naru.bars import Bars

_TABLES = FIELDS[:-1]  # all but the instants


class Cut(NamedTuple):
    """Where series end, for a call that is to see less than there is.

    step  how many steps of the run's timeline
    rows  how many bars of each instrument
    """

    step: int
    rows: tuple[int, ...]


class VectorInputs:
    """Serves calls of a vector strategy over one market; what calls can share is made once."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._tables: dict[str, Floats] = {}

    @contextmanager
    def data(self, cut: Cut | None = None) -> Iterator[CallData]:
        """Give the data of one call."""
        everything = CallData(self, cut)
        try:
            yield everything
        finally:
            everything.clear()  # it leads back to itself, and arrays would wait for the collector

    def table(self, name: str) -> Floats:
        """Return one field of all instruments, by step and instrument; NaN where there is no bar.

        What belongs to one instrument lies together in memory.
        """
        table = self._tables.get(name)
        if table is None:
            values = self.market.tables.get(name)
            table = self._tables[name] = (self._laid_out(name) if values is None else values).T
        return table

    def _laid_out(self, name: str) -> Floats:
        feeds = self.market.feeds
        values = np.empty((len(feeds), len(self.market)))
        for row, feed in zip(values, feeds, strict=True):
            column = getattr(feed, name)
            if feed.steps is None:
                row[:] = column
            else:
                row[:] = np.nan
                row[feed.steps] = column
        values.flags.writeable = False
        return values

    def cut_after(self, step: int) -> Cut | None:
        """Return where series end of which so many steps are seen.

        None where an instrument has no bar yet.
        """
        rows = tuple(
            step if feed.steps is None else int(np.searchsorted(feed.steps, step))
            for feed in self.market.feeds
        )
        return Cut(step, rows) if all(rows) else None


class CallData(dict[str, "VectorData"]):
    """The data of one call by symbol, each made when it is first asked for.

    KeyError for symbols that are not in the run.
    """

    def __init__(self, inputs: VectorInputs, cut: Cut | None) -> None:
        super().__init__()
        self._inputs = inputs
        self._cut = cut

    def __missing__(self, symbol: str) -> VectorData:
        market, cut = self._inputs.market, self._cut
        place = market.index[symbol]
        stop = None if cut is None else cut.rows[place]
        data = VectorData(self._inputs, market.feeds[place].bars, self, cut, stop)
        self[symbol] = data
        return data


class VectorData:
    """The bars of a run as whole, read-only arrays; other symbols by ``data["SYMBOL"]``."""

    __slots__ = ("_all_", "_bars_", "_cut_", "_inputs_", "_stop_", "symbol", "timeframe", *FIELDS)

    close: Floats
    high: Floats
    low: Floats
    open: Floats
    ts: NDArray[np.int64]
    volume: Floats

    def __init__(
        self, inputs: VectorInputs, bars: Bars, everything: CallData, cut: Cut | None,
        stop: int | None,
    ) -> None:  # fmt: skip
        self._inputs_ = inputs
        self._bars_ = bars
        self._all_ = everything
        self._cut_ = cut
        self._stop_ = stop
        self.symbol = bars.symbol
        self.timeframe = bars.timeframe

    def __getattr__(self, name: str) -> Any:
        # A field is laid out when it is first asked for: most strategies read one or two.
        if name not in FIELDS:
            raise AttributeError(f"bars have no {name!r}; they have {', '.join(FIELDS)}")
        values = getattr(self._bars_, name)
        values = values if self._stop_ is None else beginning(values, self._stop_)
        setattr(self, name, values)
        return values

    def __getitem__(self, symbol: str) -> VectorData:
        try:
            return self._all_[symbol]
        except KeyError:
            raise StrategyUseError(
                f"{symbol!r} is not in this run, which has {', '.join(self.symbols)}"
            ) from None

    def __len__(self) -> int:
        return len(self.ts)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The instruments of the run, in the order given."""
        return tuple(self._inputs_.market.index)

    def table(self, name: str) -> Floats:
        """Return one field of all instruments: an array of bars by instruments, read-only.

        name  "open", "high", "low", "close" or "volume"

        Columns are in the order of ``symbols``. Rows are the instants at which any instrument has
        a bar; where one has none, there is NaN.
        """
        if name not in _TABLES:
            raise StrategyUseError(f"there is no table of {name!r}; ask for {', '.join(_TABLES)}")
        table = self._inputs_.table(name)
        return table if self._cut_ is None else table[: self._cut_.step]
