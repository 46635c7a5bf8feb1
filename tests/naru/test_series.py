"""Series and bars as a strategy reads them: the newest value last, and nothing after it."""

import math
from typing import Any

import numpy as np
import pytest

from naru import Strategy, ta
from naru.errors import StrategyUseError
from naru.series import BLOCK
from tests.naru.engine.scenes import perform, walk

MARKET = walk(BLOCK + 50)


def look(step: int, read: Any, market: Any = MARKET) -> Any:
    """Return what a strategy reads at a step."""
    seen = []

    class Looks(Strategy):
        def on_bar(self) -> None:
            if len(self.data) == step + 1:
                seen.append(read(self))

    perform(Looks, market)
    return seen[0]


@pytest.mark.parametrize("step", [0, 1, 7, BLOCK - 1, BLOCK, BLOCK + 1, BLOCK + 49])
def test_indices_count_from_the_newest(step: int) -> None:
    close = MARKET.close.tolist()
    newest, before, first = look(
        step, lambda s: (s.data.close[-1], s.data.close[-2], s.data.close[0])
    )

    assert newest == close[step]
    assert before == close[step - 1] if step else math.isnan(before)
    assert first == close[0]


def test_slices_and_arrays_are_copies_of_what_is_known() -> None:
    part, whole, count = look(
        9, lambda s: (s.data.close[-4:], s.data.close.array(), len(s.data.close))
    )

    assert part.tolist() == MARKET.close[6:10].tolist()
    assert whole.tolist() == MARKET.close[:10].tolist()
    assert count == 10
    assert part.flags.writeable


@pytest.mark.parametrize("index", [10, 11, 5_000])
def test_nothing_reaches_the_future(index: int) -> None:
    with pytest.raises(IndexError, match="not known yet"):
        look(9, lambda s: s.data.close[index])


def test_before_the_first_bar_there_is_nan() -> None:
    assert math.isnan(look(2, lambda s: s.data.close[-9]))


def test_series_read_as_their_newest_value() -> None:
    answer = look(
        5,
        lambda s: (
            float(s.data.close), s.data.close > 0, s.data.high - s.data.low,
            list(s.data.close)[-1], "close" in repr(s.data.close),
        ),
    )  # fmt: skip

    row = [float(getattr(MARKET, name)[5]) for name in ("close", "high", "low")]
    assert answer == (row[0], True, row[1] - row[2], row[0], True)


def test_arithmetic_in_init_makes_series() -> None:
    seen = []

    class Middle(Strategy):
        def init(self) -> None:
            self.middle = (self.data.high + self.data.low) / 2
            self.mean = self.indicator(ta.sma, self.middle, 3)

        def on_bar(self) -> None:
            seen.append((self.middle[-1], self.mean[-1]))

    perform(Middle, walk(20))
    middle = (walk(20).high + walk(20).low) / 2
    assert [pair[0] for pair in seen] == middle[2:].tolist()
    np.testing.assert_allclose([pair[1] for pair in seen], ta.sma(middle, 3)[2:], rtol=1e-12)


def test_comparisons_in_init_are_refused() -> None:
    class Early(Strategy):
        def init(self) -> None:
            self.rising = self.data.close > self.data.open

    with pytest.raises(StrategyUseError, match="compare in on_bar"):
        perform(Early, MARKET)


def test_data_names_its_symbols_and_what_it_is() -> None:
    both = [walk(30, symbol="A"), walk(30, seed=2, symbol="B")]
    symbols, inside, text, other = look(
        3,
        lambda s: (s.data.symbols, list(s.data), repr(s.data), s.data["B"].close[-1]),
        both,
    )

    assert symbols == ("A", "B")
    assert inside == ["A", "B"]
    assert text == "<data A 1m: 4 bars known>"
    assert other == both[1].close[3]


@pytest.mark.parametrize("timeframe", ["1m", "30s", "90s", "soon", ""])
def test_a_timeframe_that_is_not_slower_is_refused(timeframe: str) -> None:
    class Wrong(Strategy):
        def init(self) -> None:
            self.data.resample(timeframe)

    with pytest.raises(StrategyUseError, match=r"timeframe|multiple"):
        perform(Wrong, walk(30))


def test_slower_bars_are_laid_out_in_init() -> None:
    with pytest.raises(StrategyUseError, match="in init"):
        look(3, lambda s: s.data.resample("5m"))
