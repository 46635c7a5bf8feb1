"""All metrics of one curve, beside what other libraries say of it.

The figures were recorded with quantstats 0.0.86 and ffn 1.4.1, which are not installed here; both
were given ``EQUITY`` and ``BENCHMARK`` as series over ``DAYS`` and, where they take one, our number
of bars a year. ``information_ratio`` is quantstats' per bar, annualised by the root. Monthly
returns are ffn's of month ends. Drawdowns count from the first day below the peak there, from the
peak here.
"""

from dataclasses import replace

import numpy as np
import pytest

from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.metrics import compute, measured_curve, monthly_returns
from tests.naru.engine.scenes import play

DAY_S = 86_400
ALL_DAYS = np.arange("2018-01-01", "2030-01-01", dtype="M8[D]")
DAYS = ALL_DAYS[np.is_busday(ALL_DAYS)][:900]


def curve(seed: int, drift: float, spread: float) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return np.cumprod(np.concatenate(([100.0], 1.0 + chance.normal(drift, spread, 899))))


EQUITY, BENCHMARK = curve(11, 5e-4, 0.011), curve(12, 3e-4, 0.009)
BARS = Bars(
    "X", "1d", DAYS.astype("M8[ns]").astype(np.int64), *(BENCHMARK.copy() for _ in range(4)),
    np.ones(900),
)  # fmt: skip
REPLAY = replace(play({}, BARS), equity=EQUITY)

BOTH = {
    "total_return": 0.8698325037324246,
    "annual_return": 0.19943984247963287,
    "volatility": 0.17775196674274976,
    "sharpe": 1.1121558625156436,
    "sortino": 1.6568441437882473,
    "max_drawdown": 0.17725367720519947,
    "calmar": 1.1251661777868185,  # ffn's; that of quantstats takes 252 days a year
    "alpha": 0.18818603555085964,
    "beta": 0.08447251253674731,
    "information_ratio": 0.386260732163238,
    "best_month_return": 0.154963136047,
    "worst_month_return": -0.071105084396,
}
MONTHS = [
    0.027612669578, -0.036751204207, 0.00136425516, 0.07432040871, 0.002825215882, 0.053023652468,
    -0.038187812494, 0.097322837694, -0.026009438523, 0.026109640324, -0.05045874631,
    0.100727948099, 0.014594062307, -0.028131067668, 0.039108117893, 0.074331556075, 0.00862734653,
    0.031521177067, 0.046739350406, -0.019594898149, 0.008860691769, 0.02529101732, -0.013883202935,
    -0.00773044567, -0.006632188867, 0.047465514638, -0.029298808737, 0.004988975365,
    0.037519312517, -0.007726581711, -0.010173316702, 0.017508555464, 0.061481263856,
    0.077885029288, -0.041976299715, -0.071105084396, 0.008588383463, -0.037976083681,
    0.154963136047, -0.007610939026, 0.033943693057,
]  # fmt: skip
YEARS = {2018: 0.239722, 2019: 0.189566, 2020: 0.071640, 2021: 0.183153}


def test_metrics_of_a_curve() -> None:
    metrics = compute(REPLAY, [BARS], RunConfig(cash=100))  # type: ignore[arg-type]
    assert {name: metrics[name] for name in BOTH} == pytest.approx(BOTH, rel=1e-9)


def test_the_sharpe_ratio_above_a_risk_free_rate() -> None:
    config = RunConfig(cash=100, risk_free="0.02")  # type: ignore[arg-type]
    metrics = compute(REPLAY, [BARS], config)
    assert metrics["sharpe"] == pytest.approx(1.0007456864993467, rel=1e-9)


def test_the_length_of_drawdowns() -> None:
    metrics = compute(REPLAY, [BARS], RunConfig(cash=100))  # type: ignore[arg-type]
    # Both: below the peak from 2020-10-27 on, back on 2021-05-12: 197 days, and one to the peak.
    assert metrics["max_drawdown_duration_s"] == 198 * DAY_S
    assert metrics["longest_drawdown_s"] == 198 * DAY_S


def test_the_table_of_months() -> None:
    config = RunConfig(cash=100)  # type: ignore[arg-type]
    months = monthly_returns(BARS.ts, measured_curve(REPLAY, [BARS], config).equity)

    # ffn leaves out the last month, which has no end; the years, of quantstats, have it.
    assert [each.value for each in months[:-1]] == pytest.approx(MONTHS, abs=1e-11)
    assert [(each.year, each.month) for each in months[::12]] == [(y, 1) for y in YEARS]
    for year, total in YEARS.items():
        product = np.prod([1 + each.value for each in months if each.year == year])
        assert product - 1 == pytest.approx(total, abs=1e-6)
