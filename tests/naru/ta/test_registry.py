"""Rules that hold for every indicator of the registry."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from naru import ta
from tests.naru.ta.market import columns, inputs, real, walk

NAMES = sorted(ta.indicators())
# Short periods, so that short random series get past the warm-up too.
SHORT = {
    "adxr": {"period": 3},
    "adx": {"period": 3},
    "adosc": {"slow": 5},
    "apo": {"fast": 3, "slow": 7},
    "ppo": {"fast": 3, "slow": 7, "average": "ema"},
    "pvo": {"fast": 3, "slow": 7},
    "macd": {"fast": 3, "slow": 7, "signal": 3},
    "tsi": {"fast": 3, "slow": 7},
    "ultimate": {"fast": 2, "middle": 4, "slow": 7},
    "ichimoku": {"conversion": 2, "base": 4, "span_b": 6, "displacement": 3},
    "awesome": {"fast": 3, "slow": 7},
    "coppock": {"long": 5, "short": 3, "period": 4},
    "mass_index": {"period": 4, "ema_period": 3},
    "vidya": {"period": 5, "cmo_period": 4},
}


def short(name):
    """Return short periods for ``name``, where its defaults are long."""
    if name in SHORT:
        return SHORT[name]
    return {"period": 5} if "period" in ta.indicators()[name].params else {}


def compute(name, bars, **params):
    return columns(getattr(ta, name)(*inputs(name, bars), **params))


def feed(name, bars, **params):
    """Return the outputs of the incremental counterpart, fed bar by bar."""
    state = ta.incremental(getattr(ta, name), **params)
    rows = [
        state.update(*row)
        for row in zip(*(column.tolist() for column in inputs(name, bars)), strict=True)
    ]
    width = len(ta.indicators()[name].outputs)
    return list(np.array(rows, dtype=float).reshape(-1, width).T)


def assert_same(got, wanted):
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9, equal_nan=True)


def test_there_are_many_and_all_are_public():
    assert len(NAMES) >= 60
    for name in NAMES:
        assert name in ta.__all__
        assert ta.describe(getattr(ta, name)).name == name


@pytest.mark.parametrize("name", NAMES)
def test_docstring_names_source_and_warmup(name):
    doc = getattr(ta, name).__doc__
    assert "Source:" in doc
    assert "Warm-up:" in doc


@pytest.mark.parametrize("name", NAMES)
def test_exactly_the_warmup_has_no_value(name):
    bars = walk(400, seed=3)
    for params in ({}, short(name)):
        warmup = ta.warmup(getattr(ta, name), **params)
        assert ta.incremental(getattr(ta, name), **params).warmup == warmup
        for column in compute(name, bars, **params):
            assert len(column) == 400
            assert np.isnan(column[:warmup]).all()
            assert not np.isnan(column[warmup:]).any()


@pytest.mark.parametrize("name", NAMES)
def test_incremental_equals_vectorised_on_real_days(name):
    bars = real("SPY_1d", 700)
    assert_same(feed(name, bars), compute(name, bars))


@pytest.mark.parametrize("name", NAMES)
def test_incremental_equals_vectorised_on_a_market_that_stands_still(name):
    bars = walk(300, seed=5, flat=(60, 200))
    params = short(name)
    assert_same(feed(name, bars, **params), compute(name, bars, **params))


@pytest.mark.parametrize("name", NAMES)
def test_incremental_equals_vectorised_off_the_decimal_grid(name):
    bars = walk(600, seed=7, decimals=13)
    assert_same(feed(name, bars), compute(name, bars))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_incremental_equals_vectorised_on_any_bars(name, data):
    bars = data.draw(any_bars())
    params = short(name)
    assert_same(feed(name, bars, **params), compute(name, bars, **params))


@st.composite
def any_bars(draw):
    """Bars of a few cents up to a million, with ties, gaps in volume, and missing rows."""
    rows = draw(st.integers(0, 60))
    price = st.sampled_from([0.01, 0.1, 0.3, 1.0, 99.99, 100.0, 100.01, 123456.789]) | st.floats(
        1e-6, 1e6
    )
    four = draw(arrays(np.float64, (rows, 4), elements=price))
    four.sort(axis=1)
    volume = draw(
        arrays(np.float64, rows, elements=st.sampled_from([0.0, 1.0, 2.5]) | st.floats(0, 1e9))
    )
    swap = draw(arrays(np.bool_, rows))
    missing = draw(arrays(np.bool_, rows, elements=st.sampled_from([False] * 30 + [True])))
    close = np.where(swap, four[:, 1], four[:, 2])
    close[missing] = np.nan
    return {
        "open": np.where(swap, four[:, 2], four[:, 1]),
        "high": four[:, 3].copy(),
        "low": four[:, 0].copy(),
        "close": close,
        "volume": volume,
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_prefix_of_the_data_gives_a_prefix_of_the_values(name):
    bars = real("EURUSD_1h", 15_000)  # enough for smoothing to run in blocks
    whole = compute(name, bars)
    for rows in (0, 1, 977, 13_500):
        prefix = compute(name, {key: values[:rows] for key, values in bars.items()})
        for part, column in zip(prefix, whole, strict=True):
            np.testing.assert_array_equal(part, column[:rows])


@pytest.mark.parametrize("name", NAMES)
def test_later_values_change_nothing_before(name):
    bars = walk(200, seed=11)
    params = short(name)
    before = compute(name, bars, **params)
    for values in bars.values():
        values[150:] *= 3.0
    for one, other in zip(before, compute(name, bars, **params), strict=True):
        np.testing.assert_array_equal(one[:150], other[:150])


@pytest.mark.parametrize("name", NAMES)
def test_after_a_gap_the_indicator_starts_anew(name):
    bars = walk(300, seed=13)
    params = short(name)
    tail = compute(name, {key: values[121:] for key, values in bars.items()}, **params)
    for values in bars.values():
        values[120] = math.inf
    values = compute(name, bars, **params)
    for column, part in zip(values, tail, strict=True):
        assert np.isnan(column[120])
        np.testing.assert_array_equal(column[121:], part)
    assert_same(feed(name, bars, **params), values)


@pytest.mark.parametrize("name", NAMES)
def test_inputs_are_left_as_they_were(name):
    bars = walk(300, seed=17)
    copies = {key: values.copy() for key, values in bars.items()}
    for values in bars.values():
        values.flags.writeable = False
    compute(name, bars)
    for key, values in bars.items():
        np.testing.assert_array_equal(values, copies[key])


@pytest.mark.parametrize("name", NAMES)
def test_wrong_parameters_are_refused_by_name(name):
    function = getattr(ta, name)
    series = inputs(name, walk(50, seed=19))
    for param, default in ta.indicators()[name].params.items():
        for wrong in (-1, "20", None, True, math.nan, 10**9 + 1):
            with pytest.raises(ta.IndicatorArgumentError) as caught:
                function(*series, **{param: wrong})
            assert caught.value.field == param
            with pytest.raises(ta.IndicatorArgumentError):
                ta.incremental(function, **{param: wrong})
        if isinstance(default, int):
            with pytest.raises(ta.IndicatorArgumentError, match="whole number"):
                ta.warmup(function, **{param: 2.5})


def test_wrong_series_are_refused_by_name():
    good = np.arange(30.0)
    for bad in ("abc", [["a"]], np.ones((2, 2)), np.array(["x"]), 5.0):
        with pytest.raises(ta.IndicatorArgumentError, match="low") as caught:
            ta.atr(good, bad, good, 5)
        assert caught.value.field == "low"
    with pytest.raises(ta.IndicatorArgumentError, match="close: has 29 values, high has 30"):
        ta.atr(good, good, good[1:], 5)
    with pytest.raises(ta.IndicatorArgumentError, match=r"period: .* series come first in sma"):
        ta.sma([5.0], good)
    with pytest.raises(ta.IndicatorArgumentError, match="low: is missing"):
        ta.atr(good)
    with pytest.raises(ta.IndicatorArgumentError, match="takes 1 parameters"):
        ta.sma(good, 5, 6)
    with pytest.raises(ta.IndicatorArgumentError, match="given twice"):
        ta.sma(good, 5, period=6)
    with pytest.raises(ta.IndicatorArgumentError, match="width: is not a parameter of sma"):
        ta.sma(good, width=6)
    with pytest.raises(ta.IndicatorArgumentError, match="not an indicator"):
        ta.warmup(len)


def test_series_may_be_lists_whole_numbers_and_keywords():
    wanted = ta.sma(np.array([1.0, 2.0, 3.0]), 2)
    np.testing.assert_array_equal(ta.sma([1, 2, 3], 2), wanted)
    np.testing.assert_array_equal(ta.sma(period=np.int64(2), series=np.array([1, 2, 3])), wanted)
    assert ta.sma([], 3).shape == (0,)


def test_results_are_named_tuples_that_unpack():
    close = walk(100, seed=1)["close"]
    bands = ta.bollinger(close, 20, 2)
    upper, middle, lower = bands
    assert bands.upper is upper
    assert bands[1] is middle
    assert bands._fields == ta.describe(ta.bollinger).outputs == ("upper", "middle", "lower")
    assert lower[-1] < middle[-1] < upper[-1]


def test_the_registry_tells_inputs_and_parameters():
    entry = ta.describe(ta.keltner)
    assert entry.inputs == ("high", "low", "close")
    assert entry.params == {"period": 20, "width": 2.0, "atr_period": 10}
    assert ta.warmup(ta.macd) == ta.warmup(ta.macd, 12, slow=26, signal=9) == 33
    with pytest.raises(TypeError):
        entry.params["period"] = 3


def test_reset_forgets_everything():
    state = ta.incremental(ta.ema, 3)
    first = [state.update(value) for value in (1.0, 2.0, 4.0, 8.0)]
    state.reset()
    np.testing.assert_array_equal([state.update(v) for v in (1.0, 2.0, 4.0, 8.0)], first)


def test_errors_survive_pickling():
    error = ta.IndicatorArgumentError("period", "must be a number")
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.field, str(copy)) == ("period", "period: must be a number")
