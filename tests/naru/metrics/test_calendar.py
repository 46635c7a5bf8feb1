import numpy as np
import pytest

from naru.metrics.calendar import (
    MonthlyReturn,
    bars_per_year,
    last_of_each_day,
    monthly_returns,
)

DAY = 86_400_000_000_000


def days(text: str) -> np.ndarray:
    return np.array(text.split(), "M8[ns]").astype(np.int64)


def test_bars_per_year_is_counted() -> None:
    every_day = DAY * np.arange(1_462)
    assert bars_per_year(every_day) == pytest.approx(365.25)
    weekdays = every_day[np.isin(np.arange(1_462) % 7, [0, 1, 2, 3, 4])]
    assert bars_per_year(weekdays) == pytest.approx(365.25 * 5 / 7, rel=2e-3)
    assert bars_per_year(DAY // 1_440 * np.arange(10_000)) == pytest.approx(525_960)
    assert bars_per_year(every_day[:1]) is None


def test_monthly_returns_by_hand() -> None:
    ts = days("2020-01-30 2020-01-31 2020-02-03 2020-02-28 2020-04-01")
    equity = np.array([100.0, 110.0, 121.0, 99.0, 198.0])

    assert monthly_returns(ts, equity) == [
        MonthlyReturn(2020, 1, pytest.approx(0.1)),
        MonthlyReturn(2020, 2, pytest.approx(-0.1)),
        MonthlyReturn(2020, 4, pytest.approx(1.0)),
    ]


def test_months_before_the_epoch_have_their_names() -> None:
    assert [
        (each.year, each.month)
        for each in monthly_returns(days("1969-11-03 1969-12-01"), np.ones(2))
    ] == [
        (1969, 11),
        (1969, 12),
    ]


def test_months_after_ruin_are_left_out() -> None:
    ts = days("2020-01-01 2020-02-01 2020-03-01")
    equity = np.array([100.0, 0.0, 0.0])
    assert [each.month for each in monthly_returns(ts, equity)] == [1, 2]


def test_last_of_each_day() -> None:
    ts = DAY // 4 * np.array([0, 1, 3, 4, 12])
    assert last_of_each_day(ts).tolist() == [2, 3, 4]
