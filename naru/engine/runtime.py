"""What stands behind a strategy's ``self`` while it runs: its view of time, data and account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import numpy as np

from naru.account import Order, Position
from naru.data import BarSeries, Data
from naru.engine import requests
from naru.engine.book import Book
from naru.engine.calendar import timer_steps
from naru.engine.columns import Column, first_known
from naru.engine.config import RunConfig
from naru.engine.followers import Follower, Timer
from naru.engine.indicators import KitIndicator, OwnIndicator, common_clock, is_kit_function
from naru.engine.market import Ints, Market
from naru.engine.orderlog import KINDS, MAX_TAGS, Action, Kind, Mode, OrderLog, Record
from naru.engine.orders import Order as BookOrder
from naru.engine.past import Past
from naru.engine.resampling import Resampled
from naru.errors import OrderArgumentError, StrategyUseError
from naru.series import Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAN = float("nan")
MAX_LOG_CHARACTERS = 65_536


def _no_time() -> None:
    """Tell the time of no bar."""


class Sink(Protocol):
    """Where a run's texts, plots and progress go."""

    def follow(self, now: Callable[[], int | None]) -> None:
        """Learn how to ask for the current bar's time, which ``print`` does not tell.

        now  returns ns since the epoch, None before the first bar
        """

    def log(self, ts_ns: int | None, text: str) -> None:
        """Take a text of ``self.log``, verbatim; ``ts_ns`` is the bar's, None before the first."""

    def plot(self, name: str, ts_ns: int, value: float) -> None:
        """Take a point of ``self.plot``."""

    def progress(self, done: int, total: int) -> None:
        """Learn how many bars are behind."""


class Runtime:
    """The kit's side of one run.

    clock      the timeline's; its row is the current step
    records    what was asked for so far, as rows of the order log
    past       what has happened so far
    touched    grows whenever the strategy asks for something, and is emptied by the loop
    """

    def __init__(self, market: Market, config: RunConfig, sink: Sink) -> None:
        self.market = market
        self.config = config
        self.sink = sink
        self.book = Book(market, config)
        self.ledger = self.book.ledger
        self.clock = Clock()
        self.started = False
        self.records: list[Record] = []
        self.tags: list[str] = [""]
        self.past = Past(market, self.book, self.tags)
        self._tag_numbers: dict[str, int] = {"": 0}
        self.touched: list[int] = []
        self.clocks = [self.clock]
        self.followers: list[Follower] = []
        self.steppers: list[OwnIndicator] = []
        self.timers: list[Timer] = []
        self.indicators: list[KitIndicator] = []
        self._feed_clocks: dict[int, Clock] = {}
        self._data: dict[int, Data] = {}
        self.positions = {
            feed.symbol: Position(self, place) for place, feed in enumerate(market.feeds)
        }
        sink.follow(lambda: self.ts)

    # Data

    def data_of(self, symbol: str) -> Data:
        """Return an instrument's series by its symbol."""
        place = self.market.index.get(symbol)
        if place is None:
            raise StrategyUseError(
                f"{symbol!r} is not in this run, which has {', '.join(self.market.index)}"
            )
        data = self._data.get(place)
        if data is None:
            feed = self.market.feeds[place]
            data = Data(self, place, self._clock_of(place), feed.bars, lambda: feed.bars)
            self._data[place] = data
        return data

    def _clock_of(self, place: int) -> Clock:
        feed, market = self.market.feeds[place], self.market
        if feed.rows is None and market.in_step:
            return self.clock
        if place not in self._feed_clocks:
            rows = np.arange(len(market)) if feed.rows is None else feed.rows
            self._feed_clocks[place] = self._follow(
                rows, lambda: feed.newest_row(len(self.market) - 1)
            )
        return self._feed_clocks[place]

    def _follow(self, rows: Ints, newest: Callable[[], int]) -> Clock:
        """Return a clock that shows ``rows`` of the timeline, and later ``newest`` of its end."""
        clock = Clock()
        clock.started = self.started
        follower = Follower(clock, rows, newest)
        if self.clock.row >= 0:
            follower.move(self.clock.row)
            self.touched.append(self.clock.row)  # the loop learns that another clock runs
        self.followers.append(follower)
        self.clocks.append(clock)
        return clock

    def resample(self, place: int, timeframe: str) -> BarSeries:
        """Return an instrument's slower bars, of which only closed ones are visible."""
        feed = self.market.feeds[place]
        slower = Resampled(feed.bars, timeframe, self.config.session)
        known = slower.known(feed.bars)
        rows = known
        if feed.rows is not None and len(known):
            rows = np.where(feed.rows >= 0, known[np.maximum(feed.rows, 0)], -1)

        def newest() -> int:
            row = feed.newest_row(len(self.market) - 1)
            return slower.known(feed.bars).item(row) if row >= 0 else -1

        return BarSeries(
            self, place, self._follow(rows, newest), slower.bars, lambda: slower.upto(feed.bars)
        )

    # Indicators

    def indicator(
        self, function: Any, inputs: tuple[Any, ...], options: dict[str, Any],
        lookback: int | None,
    ) -> Any:  # fmt: skip
        """Declare an indicator; see ``Strategy.indicator``."""
        if self.started:
            raise StrategyUseError("indicators are declared in init")
        if not callable(function):
            raise StrategyUseError("an indicator is a function, then its series and periods")
        clock = common_clock(inputs)
        if is_kit_function(function):
            indicator = KitIndicator(function, inputs, options, clock)
            self.indicators.append(indicator)
            return indicator.result
        if clock is not self.clock:
            raise StrategyUseError(
                "functions of one's own take series of the run's own timeframe; combine slower "
                "series in on_bar"
            )
        own = OwnIndicator(function, inputs, options, lookback, clock)
        self.steppers.append(own)
        return own.output

    def run_steppers(self, step: int) -> bool:
        """Compute users' own functions for a step; tell whether all have values."""
        ready = True
        for stepper in self.steppers:
            ready = stepper.step(step) and ready
        return ready

    def first_complete_step(self) -> int:
        """Return the first step at which every indicator of the kit has a value."""
        first = self.config.warmup
        for indicator in self.indicators:
            for series in indicator.outputs:
                row = first_known(series._values_)
                first = max(first, self._step_of(series._clock_, row))
        return first

    def _step_of(self, clock: Clock, row: int) -> int:
        for follower in self.followers:
            if follower.clock is clock:
                return follower.step_of(row)
        return row

    def begin(self) -> None:
        """Let declarations end and bars pass."""
        if not self.started:
            self.started = True
            for clock in self.clocks:
                clock.started = True

    def resume(self, orders: OrderLog) -> None:
        """Go through the bars there are with what was asked for over them."""
        self.records = orders.records.tolist()
        self.tags[:] = orders.tags
        self._tag_numbers = {tag: number for number, tag in enumerate(self.tags)}
        self.book.follow(orders)
        self.begin()
        newest = len(self.market) - 1
        if newest < 0:
            return
        self.clock.move(newest)
        for follower in self.followers:
            follower.move(newest)
        self.run_steppers(newest)

    def grow(self) -> None:
        """Take in the step that the market has gained."""
        for clock in self.clocks:
            clock.refresh()
        for follower in self.followers:
            follower.grow()
        for timer in self.timers:
            timer.grow(self.market, self.config.session)

    def release(self) -> None:
        """Let go of all that leads back here, so that a run that is over leaves no garbage.

        Its arrays would wait for the collector, and it does not know how large they are.
        """
        for clock in self.clocks:
            clock.release()
        self.book.release()
        self.followers, self.timers, self.steppers, self.indicators = [], [], [], []
        self.positions, self._data = {}, {}
        self.sink.follow(_no_time)

    # Time

    @property
    def step(self) -> int:
        """The current step; -1 before the first."""
        return self.clock.row

    @property
    def ts(self) -> int | None:
        """The current bar's open, ns since the epoch; None before the first."""
        step = self.clock.row
        return int(self.market.ts[step]) if step >= 0 else None

    @property
    def now(self) -> datetime:
        """The current bar's open, UTC."""
        ts = self.ts
        if ts is None:
            raise StrategyUseError("in init no time is known yet")
        return _EPOCH + timedelta(microseconds=ts // 1000)

    def every(self, period: str, method: Callable[[], Any]) -> None:
        """Declare a timer; see ``Strategy.every``."""
        if self.started:
            raise StrategyUseError("timers are declared in init")
        steps = timer_steps(period, self.market.ts, self.market.span, self.config.session)
        self.timers.append(Timer(period, method, Column(steps)))

    # Account

    @property
    def equity(self) -> float:
        """Cash and positions at the newest closes."""
        return self.ledger.cash_float + self.ledger.marked(max(self.clock.row, 0), False)

    def newest_close(self, place: int) -> float:
        """Return the newest known close of an instrument."""
        return self.ledger.mark(place, max(self.clock.row, 0), False)

    def open_orders(self) -> tuple[Order, ...]:
        """Return the orders that may still fill, oldest first."""
        return tuple(Order(self, order) for order in self.book.open_orders())

    # Requests

    def place(
        self, mode: int, side: int, size: float, symbol: int, *, kind: int = Kind.MARKET,
        limit: float = _NAN, stop: float = _NAN, trail: float = _NAN, sl: float = _NAN,
        tp: float = _NAN, tif: int = 0, until: int = 0, at: int = 0, flags: int = 0,
        parent: Order | None = None, oco: Order | None = None, tag: str = "",
    ) -> Order:  # fmt: skip
        """Write an order to the log and into the book."""
        step = self._asking()
        record: Record = (
            step, Action.PLACE, kind, mode, tif, at, flags, side, 0, symbol, -1,
            self._number(parent, "parent"), self._number(oco, "oco"),
            self._tag_number(tag) if tag else 0, size, limit, stop, trail, sl, tp, until,
        )  # fmt: skip
        self.records.append(record)
        return Order(self, self.book.place(record))

    def close(self, place: int, portion: float, tag: str) -> Order:
        """Close a portion of a position at the market."""
        size = requests.positive("portion", portion)
        if size > 1:
            raise OrderArgumentError("portion", "is a fraction of the position, at most 1")
        return self.place(Mode.CLOSE, 0, size, place, tag=tag)

    def cancel(self, order: BookOrder) -> None:
        """Take an order back."""
        step = self._asking()
        if order.is_open:
            self.records.append(
                (step, Action.CANCEL, 0, 0, 0, 0, 0, 0, 0, order.symbol, order.id, -1, -1, 0, 0.0,
                 _NAN, _NAN, _NAN, _NAN, _NAN, 0)
            )  # fmt: skip
            self.book.cancel(order.id, step)

    def change(self, order: BookOrder, limit: Any, stop: Any, size: Any) -> bool:
        """Give an open order other prices or another size; see ``Order.modify``."""
        for name, value in (("limit", limit), ("stop", stop)):
            if value is not None and getattr(order, name) != getattr(order, name):
                raise OrderArgumentError(name, f"is not a price of this {KINDS[order.kind]} order")
        if limit is None and stop is None and size is None:
            raise OrderArgumentError("limit", "give a limit, a stop or a size")
        if size is not None and not order.is_sized:
            raise OrderArgumentError(
                "size", "of a bracket, a target or a closing order follows from what is held; "
                "cancel it and place another"
            )  # fmt: skip
        prices = requests.price("limit", limit), requests.price("stop", stop)
        units = 0.0 if size is None else requests.positive("size", size)
        step = self._asking()
        if not order.is_open:
            return False
        self.records.append(
            (step, Action.CHANGE, 0, 0, 0, 0, 0, 0, 0, order.symbol, order.id, -1, -1, 0, units,
             *prices, _NAN, _NAN, _NAN, 0)
        )  # fmt: skip
        return self.book.change(order.id, *prices, units)

    def _asking(self) -> int:
        if not self.started:
            raise StrategyUseError("orders are placed in on_bar or a hook, not in init")
        step = self.clock.row
        self.book.now = step + 1
        self.touched.append(step)
        return step

    def _number(self, order: Order | None, name: str) -> int:
        if order is None:
            return -1
        if type(order) is not Order or order._run_ is not self:
            raise OrderArgumentError(name, "must be an order of this run")
        return order._order_.id

    def _tag_number(self, tag: str) -> int:
        number = self._tag_numbers.get(requests.tag(tag))
        if number is None:
            if len(self.tags) >= MAX_TAGS:
                raise OrderArgumentError("tag", f"is not one of {MAX_TAGS} texts: use fewer")
            number = self._tag_numbers[tag] = len(self.tags)
            self.tags.append(tag)
        return number

    # Words and memory

    def log(self, values: tuple[object, ...]) -> None:
        """Send a text to the sink."""
        text = " ".join(value if type(value) is str else str(value) for value in values)
        self.sink.log(self.ts, text[:MAX_LOG_CHARACTERS])

    def plot(self, name: str, value: Any) -> None:
        """Send a point to the sink."""
        ts = self.ts
        if ts is not None:
            self.sink.plot(requests.text("name", name), ts, requests.number("value", value))
