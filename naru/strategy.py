"""The event style: a class whose ``on_bar`` is called at every bar's close."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn, SupportsIndex

from naru.account import Fill, Order, Position, Trade
from naru.engine import requests
from naru.engine.orderlog import Mode
from naru.errors import OrderArgumentError

if TYPE_CHECKING:
    from naru.data import Data
    from naru.engine.runtime import Runtime

_NEITHER = (None, None)


class Strategy:
    """Subclass it, declare parameters with ``param``, and write ``init`` and ``on_bar``.

    data       the bars known so far: ``self.data.close[-1]``, ``self.data["SYMBOL"]``
    position   what is held of the first symbol; ``positions`` has all by symbol
    state      a dict of JSON values, kept across restarts
    warmup     bars before ``on_bar`` starts; None: until all indicators have values
    """

    # Not in the instance's dict, which libraries copy (lru_cache, UserDict) for whoever asks.
    __slots__ = ("__dict__", "__weakref__", "_run_")

    warmup: int | None = None
    data: Data
    position: Position
    positions: Mapping[str, Position]
    state: dict[str, Any]
    _run_: Runtime
    _extra_warmup_ = 0

    def __copy__(self) -> NoReturn:
        raise TypeError("a strategy cannot be copied: copy the values that you need")

    def __deepcopy__(self, _: dict[int, Any]) -> NoReturn:
        self.__copy__()

    def __reduce_ex__(self, _: SupportsIndex) -> NoReturn:
        self.__copy__()

    def _prepare_(self) -> None:
        """Change what the kit hands over, for strategies of another style."""

    # Hooks

    def init(self) -> None:
        """Declare indicators, timers and slower timeframes. Called once, before any bar."""

    def on_start(self) -> None:
        """Act once, right before the first ``on_bar``."""

    def on_bar(self) -> None:
        """Decide, at a bar's close. Orders fill from the next bar on."""

    def on_fill(self, fill: Fill) -> None:
        """Learn of a fill, at the close of the bar in which it happened."""

    def on_order(self, order: Order) -> None:
        """Learn that an order was filled, canceled, rejected or expired."""

    def on_stop(self) -> None:
        """Look back after a backtest's last bar. Orders placed here are refused.

        A live run has no last bar: neither its stop nor its restart calls this.
        """

    # Declarations

    def indicator(
        self,
        function: Callable[..., Any],
        *series: Any,
        lookback: int | None = None,
        **options: Any,
    ) -> Any:
        """Declare an indicator and return its series: ``self.indicator(ta.sma, close, 20)``.

        Functions of ``ta`` are computed at once; several outputs come back under their names. A
        function of one's own gets, at each bar, arrays of what is known by then (the last
        ``lookback`` values, if given: without it, time grows with the square of the bars) and
        returns the newest value, or an array whose last value it is.
        """
        return self._run_.indicator(function, series, options, lookback)

    def every(self, period: str, method: Callable[[], Any]) -> None:
        """Call a method at certain bars, before ``on_bar``.

        period  "1h" or another timeframe, "at_open", "before_close:5m"
        """
        self._run_.every(period, method)

    # Orders

    def buy(
        self, size: Any = None, *, value: Any = None, percent: Any = None, risk: Any = None,
        limit: Any = None, stop: Any = None, trail: Any = None, trail_percent: Any = None,
        sl: Any = None, sl_trail: Any = None, sl_trail_percent: Any = None, tp: Any = None,
        tif: str = "gtc", until: Any = None, at: Any = None,
        reduce_only: bool = False, post_only: bool = False, parent: Order | None = None,
        oco: Order | None = None, tag: str = "", symbol: str | None = None,
    ) -> Order:  # fmt: skip
        """Place a buy order and return it.

        size       units; or ``value`` in quote currency, ``percent`` as a fraction of equity,
                   ``risk`` as the fraction of equity lost if ``sl`` is hit: one of them
        limit, stop, sl, tp   prices; ``limit`` with ``stop`` makes a stop-limit order
        trail      distance of a trailing stop in quote currency; ``trail_percent``: a fraction
        sl_trail   the same for a stop-loss that trails, instead of ``sl``; ``sl_trail_percent``
        tif        "gtc", "day", "gtd" (with ``until``), "ioc" or "fok"
        at         "open" or "close": a market order for the day's first or last price
        parent     an order whose fill brings this one to life
        oco        an order that this one excludes, and is excluded by
        tag        a text to find it by in results
        Raises OrderArgumentError, naming the argument, for values that make no order.
        """
        return self._order(
            1, size, value, percent, risk, limit, stop, trail, trail_percent, sl,
            (sl_trail, sl_trail_percent), tp, tif, until, at, reduce_only, post_only, parent, oco,
            tag, symbol,
        )  # fmt: skip

    def sell(
        self, size: Any = None, *, value: Any = None, percent: Any = None, risk: Any = None,
        limit: Any = None, stop: Any = None, trail: Any = None, trail_percent: Any = None,
        sl: Any = None, sl_trail: Any = None, sl_trail_percent: Any = None, tp: Any = None,
        tif: str = "gtc", until: Any = None, at: Any = None,
        reduce_only: bool = False, post_only: bool = False, parent: Order | None = None,
        oco: Order | None = None, tag: str = "", symbol: str | None = None,
    ) -> Order:  # fmt: skip
        """Place a sell order and return it; arguments as in ``buy``.

        Selling more than is held goes short, unless ``reduce_only`` is set.
        """
        return self._order(
            -1, size, value, percent, risk, limit, stop, trail, trail_percent, sl,
            (sl_trail, sl_trail_percent), tp, tif, until, at, reduce_only, post_only, parent, oco,
            tag, symbol,
        )  # fmt: skip

    def _order(
        self, side: int, size: Any, value: Any, percent: Any, risk: Any, limit: Any, stop: Any,
        trail: Any, trail_percent: Any, sl: Any, sl_trails: tuple[Any, Any], tp: Any, tif: str,
        until: Any, at: Any,
        reduce_only: bool, post_only: bool, parent: Order | None, oco: Order | None, tag: str,
        symbol: str | None,
    ) -> Order:  # fmt: skip
        mode, amount = requests.sizing(size, value, percent, risk, sl)
        place = 0 if symbol is None else self._place_of(symbol)
        if (
            limit is None and stop is None and trail is None and trail_percent is None
            and sl is None and sl_trails == _NEITHER and tp is None and tif == "gtc"
            and until is None and at is None and not reduce_only and not post_only
        ):  # fmt: skip
            return self._run_.place(mode, side, amount, place, parent=parent, oco=oco, tag=tag)
        kind = requests.kind_of(limit, stop, trail, trail_percent)
        if sl_trails != _NEITHER:
            trail, trail_percent = requests.trailing_stop_loss(kind, sl, *sl_trails)
        code, ends = requests.lifetime(tif, until)
        return self._run_.place(
            mode, side, amount, place, kind=kind, limit=requests.price("limit", limit),
            stop=requests.price("stop", stop),
            trail=requests.distance(trail, trail_percent),
            sl=requests.price("sl", sl), tp=requests.price("tp", tp), tif=code, until=ends,
            at=requests.moment(at, kind),
            flags=requests.flags(
                reduce_only=reduce_only, post_only=post_only, trail_percent=trail_percent,
                kind=kind, tif=code,
            ),
            parent=parent, oco=oco, tag=tag,
        )  # fmt: skip

    def target(
        self, *, percent: Any = None, size: Any = None, symbol: str | None = None, tag: str = ""
    ) -> Order:
        """Trade what is missing to a position: a fraction of equity, or units; negative is short.

        The order is at the market; it is rejected as ``already_at_target`` if nothing is missing.
        """
        place = 0 if symbol is None else self._place_of(symbol)
        if (percent is None) == (size is None):
            raise OrderArgumentError("percent", "give percent or size")
        if percent is None:
            return self._run_.place(
                Mode.TARGET_UNITS, 0, requests.number("size", size), place, tag=tag
            )
        amount = requests.number("percent", percent)
        if abs(amount) > 1000:
            raise OrderArgumentError("percent", "is a fraction of equity: 0.95, not 95")
        return self._run_.place(Mode.TARGET_PERCENT, 0, amount, place, tag=tag)

    def _place_of(self, symbol: str) -> int:
        place = self._run_.market.index.get(symbol) if type(symbol) is str else None
        if place is None:
            known = ", ".join(self._run_.market.index)
            raise OrderArgumentError("symbol", f"{symbol!r} is not in this run, which has {known}")
        return place

    # What is known

    @property
    def cash(self) -> float:
        """Quote currency not in positions."""
        return self._run_.ledger.cash_float

    @property
    def equity(self) -> float:
        """Cash and positions at the newest closes."""
        return self._run_.equity

    @property
    def now(self) -> datetime:
        """The current bar's ``ts``, as a datetime in UTC."""
        return self._run_.now

    @property
    def orders(self) -> tuple[Order, ...]:
        """Orders that may still fill, oldest first."""
        return self._run_.open_orders()

    @property
    def trades(self) -> tuple[Trade, ...]:
        """Closed round trips, oldest first."""
        return self._run_.past.trades()

    # Words

    def log(self, *values: object) -> None:
        """Keep a text in the run's log."""
        self._run_.log(values)

    def plot(self, name: str, value: Any) -> None:
        """Draw a point of a line called ``name``."""
        self._run_.plot(name, value)
