"""The event loop: steps through time and calls the strategy, and nothing else on most bars.

Between two events of the book, timers and slower series nothing can happen but ``on_bar``, so
those stretches are one tight loop. Cash and equity are not kept per bar; they are drawn from the
ledger's journals afterwards.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from naru.account import Order
from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.engine.market import Ints, Market
from naru.engine.orderlog import OrderLog
from naru.engine.orders import Order as BookOrder
from naru.engine.runtime import Runtime, Sink
from naru.engine.spec import StrategySpec
from naru.engine.state import checked_state
from naru.errors import StrategyDefinitionError
from naru.strategy import Strategy


class EventRun:
    """One strategy over one market, from the first bar to wherever it has been advanced.

    step    the next step to go through
    start   the first step on which the strategy may act; None while own functions have no value
    candidates   steps at which on_bar may do something, where that is known
    """

    def __init__(
        self,
        spec: StrategySpec,
        market: Market,
        config: RunConfig,
        params: Mapping[str, object],
        sink: Sink,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        self.market = market
        self.config = config
        self.sink = sink
        self.runtime = Runtime(market, config, sink)
        self.strategy = _instance(spec, self.runtime, params, state or {})
        self.step = 0
        self.start = self._first_step()
        self.acting = False
        self.owns = bool(self.runtime.steppers)
        self.complete = 0  # the first step on which own functions all had values
        self.same_close = config.fill == "same_close"
        self.changed: list[BookOrder] = []
        self.fills_told = 0
        kind = type(self.strategy)
        self.tells_fills = kind.on_fill is not Strategy.on_fill
        self.tells_orders = kind.on_order is not Strategy.on_order
        if self.tells_orders:
            self.runtime.book.on_change = self.changed.append
        self.on_bar: Callable[[], Any] = self.strategy.on_bar
        self.candidates: Ints | None = None

    def skip(self) -> None:
        """Let the bars there are pass without acting on them."""
        self.runtime.begin()
        self.step = len(self.market)
        self.runtime.clock.move(self.step - 1)
        self.runtime.book.now = self.step

    def resume(self, orders: OrderLog) -> None:
        """Stand where a run stood that had asked for these orders over the bars there are."""
        runtime = self.runtime
        runtime.resume(orders)
        self.step = len(self.market)
        self.start = orders.start
        self.acting = orders.start < self.step
        self.fills_told = len(runtime.ledger.fills)
        self.changed.clear()

    def grow(
        self, ts: int, rows: Mapping[str, Sequence[float]], finer: Mapping[str, Bars] | None = None
    ) -> None:
        """Take in one more bar per symbol named, and go through it."""
        self.market.grow(ts, rows, finer)
        self.runtime.grow()
        if not self.acting:
            self.start = self._first_step()
        self.advance(len(self.market))

    def _first_step(self) -> int:
        warmup = self.strategy.warmup
        if warmup is None:
            return self.runtime.first_complete_step() + self.strategy._extra_warmup_
        if type(warmup) is not int or warmup < 0:
            raise StrategyDefinitionError("warmup is a number of bars")
        return max(warmup, self.config.warmup)

    def advance(self, stop: int) -> None:
        """Go through all steps below ``stop``."""
        runtime = self.runtime
        runtime.begin()
        if not self.acting and not runtime.steppers:
            self.step = max(self.step, min(self.start, stop))
        while self.step < stop:
            step = self.step
            runtime.clock.move(step)
            if step == runtime.clock.base or self.acting:
                self.sink.progress(step, len(self.market))
            edge = min(stop, runtime.clock.base + runtime.clock.span)
            if not self.acting and self._is_idle(step):
                continue
            self._block(edge)
        self.sink.progress(stop, len(self.market))

    def _is_idle(self, step: int) -> bool:
        """Begin to act, or spend a step on own functions that have no value yet."""
        runtime = self.runtime
        for follower in runtime.followers:
            follower.move(step)
        if not runtime.run_steppers(step):
            self.complete = step + 1
        if step < max(self.start, self.complete + self.strategy._extra_warmup_ * self.owns):
            self.step = step + 1
            return True
        self.start = step
        self.acting = True
        self.strategy.on_start()
        return False

    def _block(self, edge: int) -> None:
        """Go through the steps of one block of the series."""
        runtime = self.runtime
        book = runtime.book
        while self.step < edge:
            book.now = max(book.now, self.step)
            wake = self._wake(book.wake(edge))
            if wake > self.step:
                self._stretch(wake)
            else:
                self._busy_step()

    def _wake(self, wake: int) -> int:
        """Return the first step, at most ``wake``, on which there is more to do than on_bar."""
        runtime, step = self.runtime, self.step
        if runtime.steppers or self.changed or runtime.touched:
            return step
        if self.fills_told < len(runtime.ledger.fills) and self.tells_fills:
            return step
        for follower in runtime.followers:
            if follower.due < wake:
                wake = follower.due
                if wake <= step:
                    return step
        for timer in runtime.timers:
            wake = min(wake, timer.due(step))
        return wake

    def _stretch(self, stop: int) -> None:
        """Call on_bar and nothing else, until it asks for something."""
        runtime = self.runtime
        clock, touched, on_bar = runtime.clock, runtime.touched, self.on_bar
        offset = 1 - clock.base
        places: Iterable[int] = range(self.step + offset, stop + offset)
        if self.candidates is not None:
            first, last = np.searchsorted(self.candidates, (self.step, stop))
            places = (self.candidates[first:last] + offset).tolist()
        for clock.place in places:  # the loop moves the clock
            on_bar()
            if touched:
                break
        else:
            clock.place = stop - 1 + offset
        self.step = clock.row + 1
        if touched:
            self._settle()

    def _busy_step(self) -> None:
        """Do all that can happen at one step, in order."""
        runtime, step = self.runtime, self.step
        clock = runtime.clock
        clock.place = step - clock.base + 1
        for follower in runtime.followers:
            if follower.due <= step:
                follower.move(step)
        if runtime.book.wake(step + 1) == step:
            runtime.book.match(step)
        self._tell()
        if runtime.steppers and step > self.start:
            runtime.run_steppers(step)
        for timer in runtime.timers:
            if timer.due(step) == step:
                timer.method()
        self.on_bar()
        self.step = step + 1
        if runtime.touched:
            self._settle()

    def _settle(self) -> None:
        """Take note that the book has changed, and fill at this close if that is the rule."""
        self.runtime.touched.clear()
        if self.same_close and self.runtime.book.queue:
            self.runtime.book.match_close(self.step - 1)

    def _tell(self) -> None:
        """Call the hooks for what happened since they were called last."""
        fills = self.runtime.ledger.fills
        if self.tells_fills and self.fills_told < len(fills):
            news = self.runtime.past.fills_since(self.fills_told)
            self.fills_told = len(fills)
            for fill in news:
                self.strategy.on_fill(fill)
        if self.changed:
            orders = list(self.changed)
            self.changed.clear()
            for order in orders:
                if order.id >= 0:
                    self.strategy.on_order(Order(self.runtime, order))

    def stop(self) -> None:
        """End the run: nothing more can be asked for.

        Hooks that are still owed news get it; what they ask for has no bar to happen in, and a
        live session, which never ends, would not have been asked yet.
        """
        records, tags = self.runtime.records, self.runtime.tags
        asked, tagged = len(records), len(tags)
        self._tell()
        del records[asked:], tags[tagged:]
        self.runtime.started = False
        self.strategy.on_stop()

    def order_log(self) -> OrderLog:
        """Return what was asked for so far."""
        start = min(self.start, len(self.market))
        return OrderLog.from_records(start, self.runtime.records, self.runtime.tags)

    def state(self) -> dict[str, Any]:
        """Return the strategy's state. Raises StrategyUseError if it is not JSON-like."""
        return checked_state(self.strategy.state)


def _instance(
    spec: StrategySpec, runtime: Runtime, params: Mapping[str, object], state: Mapping[str, Any]
) -> Strategy:
    """Make the strategy and let it declare what it needs."""
    assert isinstance(spec.target, type)  # noqa: S101 - vector strategies run elsewhere
    strategy = spec.target()
    if not issubclass(type(strategy), Strategy):  # what it is given now could be copied out of it
        raise StrategyDefinitionError(f"{spec.name}.__new__ must return a {spec.name}")
    strategy._run_ = runtime
    strategy.data = runtime.data_of(runtime.market.feeds[0].symbol)
    strategy.positions = runtime.positions
    strategy.position = runtime.positions[runtime.market.feeds[0].symbol]
    strategy.state = dict(state)
    for name, value in params.items():
        setattr(strategy, name, value)
    strategy._prepare_()
    strategy.init()
    return strategy
