"""What a run leaves is freed when it is over: nobody waits for the collector."""

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from naru import Strategy, ta, vector
from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.engine.replay import replay
from naru.engine.run import Run, run
from tests.naru.engine.scenes import Silence, spec_of, walk

Seen = list[weakref.ref[Any]]


@pytest.fixture(autouse=True)
def _without_the_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def event_style(seen: Seen, **methods: Any) -> type[Strategy]:
    """Make a strategy of all that refers to its run, and remember it and its arrays."""

    class Watched(Strategy):
        def init(self) -> None:
            self.mean = self.indicator(ta.sma, self.data.close, 5)
            self.twice = self.mean + self.mean
            self.slow = self.data.resample("1h")
            self.own = self.indicator(lambda close: close[-1], self.data.close, lookback=3)
            self.every("1h", self.often)
            seen.extend(map(weakref.ref, (self, self.mean._values_, self.twice._values_)))

        def often(self) -> None:
            self.log(self.slow.close[-1])

        def on_order(self, order: Any) -> None:
            self.last = order

        def on_bar(self) -> None:
            if not self.position:
                self.entry = self.buy(
                    percent=0.5, sl=self.data.close[-1] * 0.99, tp=self.data.close[-1] * 1.01
                )

    for name, method in methods.items():
        setattr(Watched, name, method)
    return Watched


def perform(strategy: object, market: list[Bars], **options: Any) -> Run:
    return run(spec_of(strategy), market, RunConfig(**options), {}, Silence())


def assert_gone(seen: Seen) -> None:
    assert len(seen) >= 2
    assert [each() for each in seen] == [None] * len(seen)


def test_an_event_run_is_freed_when_it_is_over() -> None:
    seen: Seen = []
    market = [walk(300)]
    seen.append(weakref.ref(market[0].close))

    made = perform(event_style(seen), market)

    assert len(made.orders) > 2
    del market
    assert_gone(seen)


def test_a_run_of_several_symbols_is_freed_too() -> None:
    seen: Seen = []
    market = [walk(300, symbol="A"), walk(200, seed=2, symbol="B")]
    seen.extend(weakref.ref(each.close) for each in market)

    perform(event_style(seen), market)

    del market
    assert_gone(seen)


def test_a_run_that_fails_is_freed_with_its_error() -> None:
    seen: Seen = []

    def on_bar(self: Any) -> None:
        raise ValueError(len(self.data))

    with pytest.raises(ValueError, match=r"\d") as failed:
        perform(event_style(seen, on_bar=on_bar), [walk(300)])

    failed.value.__traceback__ = None
    del failed
    assert_gone(seen)


def test_a_vector_run_is_freed_when_it_is_over() -> None:
    seen: Seen = []

    @vector
    def halves(data: Any) -> Any:
        targets = (data.close > ta.sma(data.close, 5)) * 0.5
        seen.append(weakref.ref(targets))
        return targets

    market = [walk(300)]
    seen.append(weakref.ref(market[0].close))
    perform(halves, market)

    del market
    assert_gone(seen)


@pytest.mark.parametrize("options", [{}, {"leverage": 2}])
def test_a_replay_is_freed_when_it_is_over(options: dict[str, Any]) -> None:
    market = [walk(300)]
    config = RunConfig(**options)
    orders = run(spec_of(event_style([])), market, config, {}, Silence()).orders
    outcome = replay(market, orders, config)
    assert outcome.fills
    assert outcome.trades
    assert outcome.orders
    seen: Seen = [weakref.ref(outcome.equity), weakref.ref(market[0].open), weakref.ref(outcome)]

    del outcome, market
    assert_gone(seen)
