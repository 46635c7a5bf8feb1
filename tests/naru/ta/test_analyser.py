import numpy as np
import pytest

from naru import ta
from naru.ta.analyser import _verdict
from tests.naru.ta.market import real, walk

COLUMNS = ("high", "low", "close", "volume")
TEN = ["sma", "ema", "macd", "adx", "supertrend", "rsi", "stochastic", "bollinger", "mfi", "obv"]


def analyse(bars, rows=None):
    return ta.analyse(*(bars[name][:rows] for name in COLUMNS))


def test_ten_indicators_vote_and_say_why():
    analysis = analyse(real("SPY_1d"))
    assert [reading.name for reading in analysis.readings] == TEN
    for reading in analysis.readings:
        assert -1 <= reading.vote <= 1
        assert len(reading.text) > 10
        assert "nan" not in reading.text


def test_the_score_is_the_weighted_mean_of_the_votes():
    bars = real("BTCUSD_1d")
    for rows in range(50, 600, 7):
        analysis = analyse(bars, rows)
        votes = sum(reading.weight * reading.vote for reading in analysis.readings)
        weights = sum(reading.weight for reading in analysis.readings)
        assert analysis.score == pytest.approx(50 + 50 * votes / weights)
        assert 0 <= analysis.score <= 100


def test_the_analysis_of_a_bar_is_its_signal_score():
    bars = real("SPY_1d", 400)
    scores = ta.signal_score(*(bars[name] for name in COLUMNS))
    for rows in (50, 123, 400):
        assert analyse(bars, rows).score == scores[rows - 1]
        assert analyse(bars, rows) == analyse(bars, rows)


def steady(step):
    close = 100 * np.cumprod(np.full(120, 1 + step))
    return {"high": close * 1.001, "low": close * 0.999, "close": close, "volume": close * 0 + 5.0}


def test_trends_please_followers_and_warn_the_others():
    votes = {reading.name: reading.vote for reading in analyse(steady(0.01)).readings}
    assert [votes[name] for name in ("sma", "ema", "adx", "supertrend", "obv")] == [1] * 5
    assert votes["rsi"] == votes["mfi"] == -1
    falling = {reading.name: reading.vote for reading in analyse(steady(-0.01)).readings}
    assert [falling[name] for name in ("sma", "ema", "adx", "supertrend", "obv")] == [-1] * 5
    assert falling["rsi"] == falling["mfi"] == 1


@pytest.mark.parametrize(
    ("score", "verdict"),
    [
        (0, "strong_sell"),
        (20, "sell"),
        (40, "neutral"),
        (60, "neutral"),
        (80, "buy"),
        (81, "strong_buy"),
    ],
)
def test_verdicts_by_score(score, verdict):
    assert _verdict(float(score)) == verdict


def test_too_few_or_missing_bars_are_refused():
    bars = walk(49, seed=1)
    with pytest.raises(ta.IndicatorArgumentError, match="at least 50 bars"):
        analyse(bars)
    bars = walk(80, seed=1)
    bars["volume"][3] = np.nan
    with pytest.raises(ta.IndicatorArgumentError, match="volume: has values that are not finite"):
        analyse(bars)
