"""Technical indicators: ``ta.sma(close, 20)`` for arrays, ``ta.incremental(ta.sma, 20)`` live.

Functions take series first, then periods, and return arrays as long as the input, NaN during
warm-up; several outputs are NamedTuples. No value depends on a later row. A row with an input
that is not finite has no value, and the indicator starts anew after it.
"""

from naru.ta.averages import sma
from naru.ta.bands import Bands, bollinger
from naru.ta.crossing import cross, crossover, crossunder
from naru.ta.directional import adx, adxr, dx, minus_di, plus_di
from naru.ta.errors import IndicatorArgumentError
from naru.ta.exponential import ema, rma
from naru.ta.momentum import Macd, macd, rsi
from naru.ta.oscillators import Stochastic, cci, stochastic
from naru.ta.registry import Incremental, Indicator, describe, incremental, indicators, warmup
from naru.ta.statistics import highest, lowest, stddev, variance
from naru.ta.volatility import atr, natr, true_range
from naru.ta.volume import mfi, obv

__all__ = [
    "Bands",
    "Incremental",
    "Indicator",
    "IndicatorArgumentError",
    "Macd",
    "Stochastic",
    "adx",
    "adxr",
    "atr",
    "bollinger",
    "cci",
    "cross",
    "crossover",
    "crossunder",
    "describe",
    "dx",
    "ema",
    "highest",
    "incremental",
    "indicators",
    "lowest",
    "macd",
    "mfi",
    "minus_di",
    "natr",
    "obv",
    "plus_di",
    "rma",
    "rsi",
    "sma",
    "stddev",
    "stochastic",
    "true_range",
    "variance",
    "warmup",
]
