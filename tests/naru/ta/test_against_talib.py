"""Every indicator that TA-Lib has gives TA-Lib's values, warm-up included."""

import numpy as np
import pytest
import talib

from naru import ta
from tests.naru.ta.market import columns, real, walk

EMA, SMA, WMA = 1, 0, 2

# Ours and TA-Lib's, each called with the bars as ``b``.
PAIRS = {
    "ad": (lambda b: ta.ad(b.h, b.l, b.c, b.v), lambda b: talib.AD(b.h, b.l, b.c, b.v)),
    "adosc": (
        lambda b: ta.adosc(b.h, b.l, b.c, b.v, 3, 10),
        lambda b: talib.ADOSC(b.h, b.l, b.c, b.v, 3, 10),
    ),
    "adx": (lambda b: ta.adx(b.h, b.l, b.c, 14), lambda b: talib.ADX(b.h, b.l, b.c, 14)),
    "adxr": (lambda b: ta.adxr(b.h, b.l, b.c, 14), lambda b: talib.ADXR(b.h, b.l, b.c, 14)),
    "apo": (lambda b: ta.apo(b.c), lambda b: talib.APO(b.c)),
    "apo_ema": (lambda b: ta.apo(b.c, 5, 9, "ema"), lambda b: talib.APO(b.c, 5, 9, EMA)),
    "aroon": (lambda b: ta.aroon(b.h, b.l, 14), lambda b: talib.AROON(b.h, b.l, 14)),
    "aroonosc": (
        lambda b: ta.aroon_oscillator(b.h, b.l, 14),
        lambda b: talib.AROONOSC(b.h, b.l, 14),
    ),
    "atr": (lambda b: ta.atr(b.h, b.l, b.c, 14), lambda b: talib.ATR(b.h, b.l, b.c, 14)),
    "atr_1": (lambda b: ta.atr(b.h, b.l, b.c, 1), lambda b: talib.ATR(b.h, b.l, b.c, 1)),
    "avgdev": (lambda b: ta.mean_absolute_deviation(b.c, 9), lambda b: talib.AVGDEV(b.c, 9)),
    "avgprice": (
        lambda b: ta.average_price(b.o, b.h, b.l, b.c),
        lambda b: talib.AVGPRICE(b.o, b.h, b.l, b.c),
    ),
    "bbands": (lambda b: ta.bollinger(b.c, 20, 2), lambda b: talib.BBANDS(b.c, 20, 2, 2)),
    "beta": (lambda b: ta.beta(b.c, b.o, 5), lambda b: talib.BETA(b.c, b.o, 5)),
    "bop": (lambda b: ta.bop(b.o, b.h, b.l, b.c), lambda b: talib.BOP(b.o, b.h, b.l, b.c)),
    "cci": (lambda b: ta.cci(b.h, b.l, b.c, 20), lambda b: talib.CCI(b.h, b.l, b.c, 20)),
    "cmo": (lambda b: ta.cmo(b.c, 14), lambda b: talib.CMO(b.c, 14)),
    "correl": (lambda b: ta.correlation(b.c, b.v, 30), lambda b: talib.CORREL(b.c, b.v, 30)),
    "dema": (lambda b: ta.dema(b.c, 20), lambda b: talib.DEMA(b.c, 20)),
    "dx": (lambda b: ta.dx(b.h, b.l, b.c, 14), lambda b: talib.DX(b.h, b.l, b.c, 14)),
    "ema": (lambda b: ta.ema(b.c, 20), lambda b: talib.EMA(b.c, 20)),
    "kama": (lambda b: ta.kama(b.c, 10), lambda b: talib.KAMA(b.c, 10)),
    "linearreg": (lambda b: ta.linreg(b.c, 14), lambda b: talib.LINEARREG(b.c, 14)),
    "linearreg_angle": (
        lambda b: ta.linreg_angle(b.c, 14),
        lambda b: talib.LINEARREG_ANGLE(b.c, 14),
    ),
    "linearreg_intercept": (
        lambda b: ta.linreg_intercept(b.c, 14),
        lambda b: talib.LINEARREG_INTERCEPT(b.c, 14),
    ),
    "linearreg_slope": (
        lambda b: ta.linreg_slope(b.c, 14),
        lambda b: talib.LINEARREG_SLOPE(b.c, 14),
    ),
    "macd": (lambda b: ta.macd(b.c, 12, 26, 9), lambda b: talib.MACD(b.c, 12, 26, 9)),
    "max": (lambda b: ta.highest(b.c, 20), lambda b: talib.MAX(b.c, 20)),
    "medprice": (lambda b: ta.median_price(b.h, b.l), lambda b: talib.MEDPRICE(b.h, b.l)),
    "mfi": (
        lambda b: ta.mfi(b.h, b.l, b.c, b.v, 14),
        lambda b: talib.MFI(b.h, b.l, b.c, b.v, 14),
    ),
    "midpoint": (lambda b: ta.midpoint(b.c, 14), lambda b: talib.MIDPOINT(b.c, 14)),
    "midprice": (lambda b: ta.midprice(b.h, b.l, 14), lambda b: talib.MIDPRICE(b.h, b.l, 14)),
    "min": (lambda b: ta.lowest(b.c, 20), lambda b: talib.MIN(b.c, 20)),
    "minus_di": (
        lambda b: ta.minus_di(b.h, b.l, b.c, 14),
        lambda b: talib.MINUS_DI(b.h, b.l, b.c, 14),
    ),
    "mom": (lambda b: ta.mom(b.c, 10), lambda b: talib.MOM(b.c, 10)),
    "natr": (lambda b: ta.natr(b.h, b.l, b.c, 14), lambda b: talib.NATR(b.h, b.l, b.c, 14)),
    "obv": (lambda b: ta.obv(b.c, b.v), lambda b: talib.OBV(b.c, b.v)),
    "plus_di": (
        lambda b: ta.plus_di(b.h, b.l, b.c, 14),
        lambda b: talib.PLUS_DI(b.h, b.l, b.c, 14),
    ),
    "ppo": (lambda b: ta.ppo(b.c, 12, 26), lambda b: talib.PPO(b.c, 12, 26)),
    "ppo_sma": (lambda b: ta.ppo(b.c, 12, 26, "sma"), lambda b: talib.PPO(b.c, 12, 26, SMA)),
    "ppo_wma": (lambda b: ta.ppo(b.c, 12, 26, "wma"), lambda b: talib.PPO(b.c, 12, 26, WMA)),
    "roc": (lambda b: ta.roc(b.c, 10), lambda b: talib.ROC(b.c, 10)),
    "rsi": (lambda b: ta.rsi(b.c, 14), lambda b: talib.RSI(b.c, 14)),
    "sar": (lambda b: ta.psar(b.h, b.l, 0.02, 0.2), lambda b: talib.SAR(b.h, b.l, 0.02, 0.2)),
    "sar_slow": (lambda b: ta.psar(b.h, b.l, 0.01, 0.1), lambda b: talib.SAR(b.h, b.l, 0.01, 0.1)),
    "sma": (lambda b: ta.sma(b.c, 20), lambda b: talib.SMA(b.c, 20)),
    "sma_volume": (lambda b: ta.sma(b.v, 50), lambda b: talib.SMA(b.v, 50)),
    "stddev": (lambda b: ta.stddev(b.c, 20), lambda b: talib.STDDEV(b.c, 20)),
    "stoch": (
        lambda b: ta.stochastic(b.h, b.l, b.c, 14, 3, 3),
        lambda b: talib.STOCH(b.h, b.l, b.c, 14, 3, SMA, 3, SMA),
    ),
    "stochf": (
        lambda b: ta.stochastic_fast(b.h, b.l, b.c, 5, 3),
        lambda b: talib.STOCHF(b.h, b.l, b.c, 5, 3),
    ),
    "stochrsi": (lambda b: ta.stoch_rsi(b.c, 14, 5, 3), lambda b: talib.STOCHRSI(b.c, 14, 5, 3)),
    "sum": (lambda b: ta.rolling_sum(b.c, 20), lambda b: talib.SUM(b.c, 20)),
    "t3": (lambda b: ta.t3(b.c, 5, 0.7), lambda b: talib.T3(b.c, 5, 0.7)),
    "tema": (lambda b: ta.tema(b.c, 20), lambda b: talib.TEMA(b.c, 20)),
    "trange": (lambda b: ta.true_range(b.h, b.l, b.c), lambda b: talib.TRANGE(b.h, b.l, b.c)),
    "trima_even": (lambda b: ta.trima(b.c, 20), lambda b: talib.TRIMA(b.c, 20)),
    "trima_odd": (lambda b: ta.trima(b.c, 21), lambda b: talib.TRIMA(b.c, 21)),
    "trix": (lambda b: ta.trix(b.c, 10), lambda b: talib.TRIX(b.c, 10)),
    "tsf": (lambda b: ta.tsf(b.c, 14), lambda b: talib.TSF(b.c, 14)),
    "typprice": (
        lambda b: ta.typical_price(b.h, b.l, b.c),
        lambda b: talib.TYPPRICE(b.h, b.l, b.c),
    ),
    "ultosc": (lambda b: ta.ultimate(b.h, b.l, b.c), lambda b: talib.ULTOSC(b.h, b.l, b.c)),
    "var": (lambda b: ta.variance(b.c, 20), lambda b: talib.VAR(b.c, 20)),
    "wclprice": (
        lambda b: ta.weighted_close(b.h, b.l, b.c),
        lambda b: talib.WCLPRICE(b.h, b.l, b.c),
    ),
    "willr": (lambda b: ta.williams_r(b.h, b.l, b.c, 14), lambda b: talib.WILLR(b.h, b.l, b.c, 14)),
    "wma": (lambda b: ta.wma(b.c, 20), lambda b: talib.WMA(b.c, 20)),
}


class Bars:
    """The five columns under one letter each."""

    def __init__(self, bars):
        self.o, self.h, self.l, self.c, self.v = (
            bars[name] for name in ("open", "high", "low", "close", "volume")
        )


# TA-Lib subtracts sums of large numbers here; test_regression and test_statistics hold ours to
# exact fractions instead.
LOOSE = {"var": 1e-8, "linearreg_angle": 1e-8}


def compare(name, bars):
    tolerance = LOOSE.get(name, 1e-9)
    ours, theirs = (columns(function(Bars(bars))) for function in PAIRS[name])
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(np.isnan(one), np.isnan(other))
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("market", ["SPY_1d", "EURUSD_1h", "BTCUSD_1m_days"])
def test_equals_talib_on_real_bars(name, market):
    if (name, market) == ("stochrsi", "BTCUSD_1m_days"):
        pytest.skip("minutes without a trade: STOCHRSI measures the last bits of a still RSI")
    compare(name, real(market, 5_000))


@pytest.mark.parametrize("name", PAIRS)
def test_equals_talib_on_random_bars(name):
    compare(name, walk(3_000, seed=23, decimals=6))


@pytest.mark.parametrize("name", sorted(set(PAIRS) - {"stochrsi"}))
def test_equals_talib_where_the_market_stands_still(name):
    # Not STOCHRSI: it measures the last bits of an RSI that no longer moves.
    compare(name, walk(600, seed=29, flat=(200, 300)))


def test_bars_since_an_extreme_count_from_talib_s_row():
    close = walk(2_000, seed=31, decimals=12)["close"]  # no ties: there TA-Lib is of two minds
    rows = np.arange(2_000)[19:]
    np.testing.assert_array_equal(
        rows - ta.bars_since_highest(close, 20)[19:], talib.MAXINDEX(close, 20)[19:]
    )
    np.testing.assert_array_equal(
        rows - ta.bars_since_lowest(close, 20)[19:], talib.MININDEX(close, 20)[19:]
    )


PATTERNS = {
    "belt_hold": talib.CDLBELTHOLD,
    "closing_marubozu": talib.CDLCLOSINGMARUBOZU,
    "dark_cloud_cover": talib.CDLDARKCLOUDCOVER,
    "doji": talib.CDLDOJI,
    "doji_star": talib.CDLDOJISTAR,
    "dragonfly_doji": talib.CDLDRAGONFLYDOJI,
    "engulfing": talib.CDLENGULFING,
    "evening_star": talib.CDLEVENINGSTAR,
    "gravestone_doji": talib.CDLGRAVESTONEDOJI,
    "hammer": talib.CDLHAMMER,
    "hanging_man": talib.CDLHANGINGMAN,
    "harami": talib.CDLHARAMI,
    "harami_cross": talib.CDLHARAMICROSS,
    "inverted_hammer": talib.CDLINVERTEDHAMMER,
    "long_line": talib.CDLLONGLINE,
    "marubozu": talib.CDLMARUBOZU,
    "morning_star": talib.CDLMORNINGSTAR,
    "piercing": talib.CDLPIERCING,
    "shooting_star": talib.CDLSHOOTINGSTAR,
    "spinning_top": talib.CDLSPINNINGTOP,
    "three_black_crows": talib.CDL3BLACKCROWS,
    "three_inside": talib.CDL3INSIDE,
    "three_outside": talib.CDL3OUTSIDE,
    "three_white_soldiers": talib.CDL3WHITESOLDIERS,
}


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("market", ["SPY_1d", "AAPL_1d", "EURUSD_1h", "BTCUSD_1m_days"])
def test_patterns_are_talib_s(name, market):
    bars = real(market)
    prices = [bars[column] for column in ("open", "high", "low", "close")]
    ours, theirs = getattr(ta, name)(*prices), PATTERNS[name](*prices)
    np.testing.assert_array_equal(np.nan_to_num(ours), theirs)


@pytest.mark.parametrize("name", ["belt_hold", "closing_marubozu", "long_line", "marubozu"])
def test_a_body_as_long_as_those_before_is_not_longer(name):
    """TA-Lib's running sums tell equal ones apart, in whichever way they have been rounded."""
    bars = real("SPY_1m_201103")
    prices = [bars[column] for column in ("open", "high", "low", "close")]
    ours, theirs = getattr(ta, name)(*prices), PATTERNS[name](*prices)
    cents = np.rint(100 * np.abs(bars["close"] - bars["open"])).astype(int)
    before = np.convolve(cents, np.ones(10, dtype=int))[: len(cents)]
    differs = np.flatnonzero(np.nan_to_num(ours) != theirs)
    assert len(differs) <= 3
    np.testing.assert_array_equal(10 * cents[differs], before[differs - 1])


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns_are_found_somewhere(name):
    """So that agreement with TA-Lib is not agreement on nothing."""
    rng = np.random.default_rng(37)
    open_ = 100 + np.cumsum(rng.normal(0, 1, 200_000))
    close = open_ + rng.normal(0, 1, 200_000) * rng.choice([0.05, 0.3, 1.0], 200_000)
    open_[1:] = np.where(rng.random(199_999) < 0.5, open_[1:], close[:-1] + rng.normal(0, 0.5))
    shadows = np.abs(rng.normal(0, 1, (2, 200_000))) * rng.choice([0.02, 1.0], (2, 200_000))
    high, low = np.maximum(open_, close) + shadows[0], np.minimum(open_, close) - shadows[1]
    ours = getattr(ta, name)(open_, high, low, close)
    theirs = PATTERNS[name](open_, high, low, close)
    assert np.count_nonzero(theirs) > 0
    np.testing.assert_array_equal(np.nan_to_num(ours), theirs)
