"""Values worked out by hand, for indicators that TA-Lib does not have."""

import numpy as np

from naru import ta
from tests.naru.ta.market import walk

NAN = np.nan


def same(got, wanted):
    np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-12)


def test_averages():
    same(ta.hma([1, 2, 3, 4, 5, 6], 4), [NAN] * 4 + [5.0, 6.0])
    same(ta.vwma([10, 20, 30], [1, 0, 3], 2), [NAN, 10.0, 30.0])
    same(ta.vwma([10, 20], [0, 0], 2), [NAN, 20.0])
    same(ta.rma([2, 4, 6, 8], 2), [NAN, 3.0, 4.5, 6.25])
    same(ta.zlema([1, 2, 4, 8, 16], 3), [NAN, NAN, NAN, (3 + 6 + 12) / 3, (7 + 24) / 2])
    same(ta.mcginley([10.0, 20.0], 2), [10.0, 10.0 + 10.0 / 32.0])
    same(ta.mcginley([10.0, 5.0], 2), [10.0, 5.0])  # would overshoot: goes to the price instead
    same(ta.efficiency_ratio([1, 3, 2, 4], 3), [NAN, NAN, NAN, 3 / 5])
    same(ta.vidya([1, 2, 4, 3], 3, 2), [NAN, NAN, 3.0, 3.0])


def test_alma_is_a_bell():
    weights = np.exp(-((np.arange(3) - 1.0) ** 2) / (2 * 1.5**2))
    same(
        ta.alma([1.0, 5.0, 9.0, 2.0], 3, 0.5, 2.0)[2], np.array([1, 5, 9]) @ weights / weights.sum()
    )


def test_channels():
    channel = ta.donchian([3, 5, 4], [1, 2, 0], 2)
    same(channel, [[NAN, 5, 5], [NAN, 3, 2.5], [NAN, 1, 0]])
    upper, middle, lower = ta.envelope([10.0, 20.0], 2, 0.1)
    same([upper[1], middle[1], lower[1]], [16.5, 15.0, 13.5])
    keltner = ta.keltner([2, 4, 6], [1, 2, 4], [1, 3, 5], 2, 2.0, 2)
    same(keltner.middle[2], 2 + 2 / 3 * 3)
    same(keltner.upper[2] - keltner.middle[2], 2 * (3 + 3) / 2)


def test_bollinger_derivatives():
    close = walk(60, seed=2)["close"]
    upper, middle, lower = ta.bollinger(close, 20, 2)
    same(ta.bollinger_bandwidth(close, 20, 2), (upper - lower) / middle)
    same(ta.bollinger_percent_b(close, 20, 2), (close - lower) / (upper - lower))
    assert ta.bollinger_percent_b(np.full(25, 3.3), 20, 2)[-1] == 0.5


def test_supertrend_changes_sides_when_the_close_passes_the_line():
    close = np.array([10, 10, 10, 10, 20, 20, 20, 5, 5.0])
    trend = ta.supertrend(close + 1, close - 1, close, 2, 1.0)
    same(trend.direction, [NAN, NAN, -1, -1, 1, 1, 1, -1, -1])
    same(trend.line[2:4], [12, 12])  # 10 + range 2
    # range 11 after the jump: average 2 + (11 - 2) / 2; the lower band stands at 20 - 6.5
    same(trend.line[4:6], [13.5, 20 - (6.5 + 2) / 2])


def test_ichimoku_shows_the_cloud_of_the_past():
    high = np.arange(1.0, 13.0)
    lines = ta.ichimoku(high, high - 1, 2, 3, 4, 3)
    conversion = ta.midprice(high, high - 1, 2)
    base = ta.midprice(high, high - 1, 3)
    same(lines.conversion[6:], conversion[6:])
    same(lines.span_a[6:], ((conversion + base) / 2)[3:-3])
    same(lines.span_b[6:], ta.midprice(high, high - 1, 4)[3:-3])
    assert np.isnan(lines.base[5])


def test_volume():
    high, low, close, volume = [2, 4, 6], [0, 2, 2], [1, 4, 3], [10, 20, 40]
    same(ta.vwap(high, low, close, volume), [1, (10 + 200 / 3) / 30, (10 + 200 / 3 + 440 / 3) / 70])
    same(ta.rolling_vwap(high, low, close, volume, 2)[2], (200 / 3 + 440 / 3) / 60)
    same(ta.cmf(high, low, close, volume, 2)[2], (20 - 20) / 60)
    same(ta.force_index(close, volume, 1), [NAN, 60, -40])
    same(ta.pvt(close, volume), [0, 60, 50])
    same(ta.pvi(close, volume), [1000, 4000, 3000])
    same(ta.nvi(close, volume[::-1]), [1000, 4000, 3000])
    same(ta.ease_of_movement(high, low, volume, 1, 100.0), [NAN, 20, 10])
    same(ta.pvo([1, 1, 4], 1, 2), [NAN, 0, 100 * (4 - 3) / 3])


def test_volatility():
    growth = np.exp([0.0, 0.1, 0.0, 0.1])
    same(ta.historical_volatility(growth, 2, 1.0)[2:], [np.std([0.1, -0.1], ddof=1)] * 2)
    same(ta.parkinson([np.e], [1.0], 1, 4.0), [np.sqrt(1 / np.log(2))])
    same(ta.garman_klass([1.0], [np.e], [1.0], [np.e], 1, 1.0), [np.sqrt(0.5 - 2 * np.log(2) + 1)])
    same(ta.rogers_satchell([1.0], [np.e], [1.0], [np.e], 1, 1.0), [0.0])
    same(ta.rogers_satchell([1.0], [np.e], [1 / np.e], [1.0], 1, 1.0), [np.sqrt(2.0)])
    same(ta.ulcer_index([10, 5, 10], 2)[2], np.sqrt((50**2 + 0) / 2))
    same(ta.choppiness([2, 3, 4], [1, 2, 3], [2, 3, 4], 2)[2], 100 * np.log(2 / 2) / np.log(2))
    same(ta.mass_index([3, 3, 3], [1, 1, 1], 2, 1), [NAN, 2, 2])
    same(ta.chaikin_volatility([2, 4], [1, 1], 1, 1), [NAN, 200.0])


def test_oscillators():
    same(ta.awesome([2, 4, 6], [0, 2, 4], 1, 2), [NAN, 1, 1])
    same(ta.elder_ray([3, 5], [1, 2], [2, 4], 1), [[1, 1], [-1, -2]])
    same(ta.dpo([1, 2, 3, 4], 2), [NAN, NAN, 1 - 2.5, 2 - 3.5])
    same(ta.tsi([1, 2, 3, 4, 5, 6], 2, 3)[4:], [100, 100])
    same(ta.coppock([1, 2, 4], 1, 1, 1), [NAN, 200, 200])
    same(ta.log_return([1, np.e, 0, 5], 1), [NAN, 1, 0, 0])
    same(ta.vortex([2, 4], [1, 3], [2, 4], 1), [[NAN, 3 / 2], [NAN, 1 / 2]])
    place = 0.66 * 0.5
    same(ta.fisher([1, 2], [1, 2], 2)[1], 0.5 * np.log((1 + place) / (1 - place)))
    line = ta.kst(100 * 1.01 ** np.arange(60), 9)
    rates = [100 * (1.01**lag - 1) for lag in (10, 15, 20, 30)]
    same(line.kst[-1], np.dot(rates, [1, 2, 3, 4]))
    same(line.signal[-1], line.kst[-1])


def test_heikin_ashi():
    bars = ta.heikin_ashi([10, 12], [14, 15], [8, 11], [12, 14])
    same(bars.open, [11, 11])
    same(bars.close, [11, 13])
    same(bars.high, [14, 15])
    same(bars.low, [8, 11])


def test_pivots_come_from_the_bar_before():
    levels = ta.pivots([12, 0], [6, 0], [9, 0])
    same([level[1] for level in levels], [9, 6, 3, 0, 12, 15, 18])
    assert np.isnan(levels.pivot[0])
    levels = ta.pivots_fibonacci([12, 0], [2, 0], [7, 0])
    same([level[1] for level in levels], [7, 3.18, 0.82, -3, 10.82, 13.18, 17])
    levels = ta.pivots_camarilla([12, 0], [0, 0], [6, 0])
    same([level[1] for level in levels], [6, 4.9, 3.8, 2.7, 7.1, 8.2, 9.3])


def test_swings_are_known_only_when_confirmed():
    high = [1, 5, 2, 2, 3, 7, 7, 1, 0]
    same(ta.swing_high(high, 1, 2), [NAN] * 3 + [5, 5, 5, 5, 7, 7])
    same(ta.swing_low([-value for value in high], 1, 2), [NAN] * 3 + [-5, -5, -5, -5, -7, -7])
    same(ta.swing_high([3, 2, 1, 0], 1, 1), [NAN, NAN, 3, 3])  # none yet: the highest stands in
