"""The ported style: classes written for Backtesting.py, run by Naru's engine.

Change the import to ``from naru.compat.backtesting import Strategy, crossover``. What differs:
quantities may be fractional (set ``instruments={"*": {"lot": 1}}`` for whole units), an opposite
order nets the position instead of hedging it, and a function given to ``self.I`` is called bar by
bar with what is known by then (pass ``lookback=`` to bound it), so it cannot peep. Trades can be
ended one by one (``trade.close()``, ``trade.sl = price``); docs/conventions.md says what follows.
``self.data.index[-1]``, ``trade.entry_time`` and ``trade.exit_time`` are datetimes in UTC.
As there, a size below 1 is a fraction of what is free: equity that no position ties up. What
``Backtest`` is told there is an option of the run (``fill="same_close"`` for trade_on_close,
``leverage`` for margin), but for ``exclusive_orders = True``, which the class says.
As there, ``sl`` and ``tp`` on the wrong side of the entry (its limit, its stop or the newest close)
are errors.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from naru import ta
from naru.account import Order as KitOrder
from naru.account import Position as KitPosition
from naru.compat.orders import Order, ported
from naru.compat.times import Index
from naru.compat.trades import ClosedTrade, Trade
from naru.data import Data as KitData
from naru.engine import requests
from naru.engine.orderlog import Kind, Mode
from naru.errors import OrderArgumentError
from naru.params import Param
from naru.series import Series
from naru.strategy import Strategy as KitStrategy

__all__ = ["Strategy", "barssince", "cross", "crossover"]

# Backtesting.py's own default: the largest fraction below 1, which would mean one unit.
_ALL = 1 - sys.float_info.epsilon


class Data:
    """Bars under the names that Backtesting.py gives them."""

    __slots__ = ("Close", "High", "Low", "Open", "Volume", "_data_", "index")

    def __init__(self, data: KitData) -> None:
        self._data_ = data
        self.Open, self.High, self.Low = data.open, data.high, data.low
        self.Close, self.Volume = data.close, data.volume
        self.index = Index(data.ts)

    def __len__(self) -> int:
        return len(self._data_)


class Position:
    """What is held, with profit under the names that Backtesting.py gives it."""

    __slots__ = ("_position_",)

    def __init__(self, position: KitPosition) -> None:
        self._position_ = position

    @property
    def size(self) -> float:
        """Units; negative when short."""
        return self._position_.size

    @property
    def pl(self) -> float:
        """Unrealised profit in quote currency."""
        return self._position_.pnl

    @property
    def pl_pct(self) -> float:
        """Unrealised profit in percent of the value at entry."""
        entry = abs(self._position_.size) * self._position_.avg_price
        return 100 * self._position_.pnl / entry if entry else 0.0

    @property
    def is_long(self) -> bool:
        """Whether units are held."""
        return self._position_.is_long

    @property
    def is_short(self) -> bool:
        """Whether units are owed."""
        return self._position_.is_short

    def close(self, portion: float = 1.0) -> KitOrder:
        """Close it, or a portion of it, at the market."""
        return self._position_.close(portion)

    def __bool__(self) -> bool:
        return bool(self._position_)


class Strategy(KitStrategy):
    """Backtesting.py's Strategy: ``init``, ``next``, ``I``, ``buy``, ``sell``, ``position``."""

    _extra_warmup_ = 1  # Backtesting.py begins one bar after all indicators have values

    exclusive_orders = False  # Backtest(..., exclusive_orders=True) there, True in the class here
    data: Any
    position: Any
    _closed_: tuple[ClosedTrade, ...] = ()

    @classmethod
    def _ported_params_(cls) -> dict[str, Param]:
        """Return the class's plain attributes, which Backtesting.py lets one optimise."""
        found: dict[str, Param] = {}
        for base in reversed(cls.__mro__):
            if base.__module__.startswith("naru.") or base is object:
                continue
            for name, value in vars(base).items():
                if not name.startswith("_") and type(value) in (int, float, bool, str):
                    found[name] = Param(value)
        return found

    def _prepare_(self) -> None:
        """Dress the kit's data and position in Backtesting.py's names."""
        self.data = Data(self.data)
        self.position = Position(self.position)

    def next(self) -> None:
        """Decide, at a bar's close."""

    def on_bar(self) -> None:
        """Call ``next``."""
        self.next()

    def I(  # noqa: E743, N802
        self,
        func: Callable[..., Any],
        *args: Any,
        name: str | None = None,
        lookback: int | None = None,
        plot: bool = True,
        overlay: bool | None = None,
        color: str | None = None,
        scatter: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Declare an indicator; ``name`` and what concerns plots have no effect."""
        del name, plot, overlay, color, scatter
        return self.indicator(func, *args, lookback=lookback, **kwargs)

    def buy(  # type: ignore[override]
        self,
        *,
        size: Any = _ALL,
        limit: Any = None,
        stop: Any = None,
        sl: Any = None,
        tp: Any = None,
        tag: Any = "",
    ) -> Order:
        """Buy units (1 and more) or a fraction of the equity that is free (below 1)."""
        return self._place_(1, size, limit, stop, sl, tp, tag)

    def sell(  # type: ignore[override]
        self,
        *,
        size: Any = _ALL,
        limit: Any = None,
        stop: Any = None,
        sl: Any = None,
        tp: Any = None,
        tag: Any = "",
    ) -> Order:
        """Sell units (1 and more) or a fraction of the equity that is free (below 1)."""
        return self._place_(-1, size, limit, stop, sl, tp, tag)

    def _place_(
        self, side: int, size: Any, limit: Any, stop: Any, sl: Any, tp: Any, tag: Any
    ) -> Order:
        self._check_sides_(side, stop if limit is None else limit, sl, tp)
        mode, amount = _sized(size)
        run = self._run_
        if self.exclusive_orders:
            for order in self.orders:
                if not order.is_contingent:
                    order.cancel()
            for trade in self.trades:
                trade.close()
        kind = requests.kind_of(limit, stop, None, None)
        if mode == Mode.FREE and kind == Kind.MARKET and self._is_idle_():
            mode = Mode.PERCENT  # all is free, and logs without FREE are replayed faster
        placed = run.place(
            mode, side, amount, 0, kind=kind, limit=requests.price("limit", limit),
            stop=requests.price("stop", stop), sl=requests.price("sl", sl),
            tp=requests.price("tp", tp), tag=_text(tag),
        )  # fmt: skip
        return ported(placed)

    def _is_idle_(self) -> bool:
        """Tell whether nothing is held, and nothing on its way that could fill before."""
        book = self._run_.book
        is_idle = not (book.ledger.held or book.queue or any(book.resting.values()))
        return is_idle and book.config.leverage == 1

    def _check_sides_(self, side: int, entry: Any, sl: Any, tp: Any) -> None:
        """Refuse what would be met at once: a loss beyond the entry, a profit before it."""
        for name, level, way in (("sl", sl, -side), ("tp", tp, side)):
            if level is None:
                continue
            price = requests.positive("price", self.data.Close[-1] if entry is None else entry)
            if (requests.positive(name, level) - price) * way <= 0:
                where = "above" if way > 0 else "below"
                raise OrderArgumentError(name, f"must lie {where} the entry, {price:g}")

    @property
    def orders(self) -> tuple[Order, ...]:
        """Orders that may still fill, oldest first."""
        return tuple(map(ported, self._run_.open_orders()))

    @property
    def trades(self) -> tuple[Any, ...]:
        """Open trades, oldest first."""
        run = self._run_
        return tuple(Trade(run, run.book.orders[n]) for n in run.past.open_by_entry(run.step))

    @property
    def closed_trades(self) -> tuple[ClosedTrade, ...]:
        """Closed trades, oldest first."""
        run = self._run_
        for part in run.past.closed_by_entry()[len(self._closed_) :]:
            self._closed_ += (ClosedTrade(run, run.book.orders[part.order_id], part),)
        return self._closed_


def _sized(size: Any) -> tuple[int, float]:
    if isinstance(size, int | float | np.integer | np.floating) and not isinstance(size, bool):
        if 0 < size < 1:
            return Mode.FREE, requests.positive("size", size)
        if size >= 1 and float(size).is_integer():
            return Mode.UNITS, requests.positive("size", size)
    raise OrderArgumentError(
        "size", f"is a fraction of the free equity below 1 or whole units, not {size!r}"
    )


def _text(tag: Any) -> str:
    return "" if tag is None else str(tag)


def crossover(series1: Any, series2: Any) -> bool:
    """Tell whether ``series1`` has just crossed above ``series2``: both bars strictly."""
    return bool(ta.crossover(series1, series2))


def cross(series1: Any, series2: Any) -> bool:
    """Tell whether the two have just crossed, either way."""
    return crossover(series1, series2) or crossover(series2, series1)


def barssince(condition: Any, default: float = float("inf")) -> float:
    """Return how many bars ago a condition was last true; ``default`` if never."""
    values = np.asarray(condition.array() if isinstance(condition, Series) else condition)
    found = np.flatnonzero(values[::-1])
    return int(found[0]) if len(found) else default
