"""Instants of ported strategies do what pandas' do."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru.compat.backtesting import Strategy
from naru.compat.times import Timestamp
from naru.errors import StrategyUseError
from tests.naru.engine.scenes import START, flat, perform

instants = st.integers(-(10**18), 4 * 10**18).map(lambda ts: ts // 1_000 * 1_000)


@given(instants)
def test_an_instant_reads_as_pandas_reads_it(ts: int) -> None:
    ours, theirs = Timestamp.of(ts), pd.Timestamp(ts)

    for name in ("value", "day_of_week", "day_of_year", "week", "quarter", "is_month_start",
                 "is_month_end", "year", "hour"):  # fmt: skip
        assert getattr(ours, name) == getattr(theirs, name), name
    assert (ours.dayofweek, ours.dayofyear) == (theirs.day_of_week, theirs.day_of_year)
    assert ours.to_pydatetime() == theirs.to_pydatetime(warn=False)
    assert ours.normalize() == theirs.normalize()
    assert (ours.day_name(), ours.month_name()) == (theirs.day_name(), theirs.month_name())
    assert ours.timestamp() == theirs.timestamp()
    assert str(ours) == str(theirs)


def test_the_machines_time_zone_is_not_asked() -> None:
    instant = Timestamp.of(START)

    assert instant.timestamp() == START / 1e9
    assert instant.astimezone() == datetime(2024, 1, 1, tzinfo=UTC)
    seoul = timezone(timedelta(hours=9))
    assert instant.astimezone(seoul).hour == 9
    assert instant.astimezone(seoul).astimezone(UTC) == instant.astimezone()


def test_ported_strategies_reckon_with_times() -> None:
    seen: list[Any] = []

    class Holding(Strategy):
        def init(self) -> None:
            with pytest.raises(StrategyUseError):
                self.data.index[-1]

        def next(self) -> None:
            now = self.data.index[-1]
            if len(self.data) == 2:
                self.buy(size=1)
            for trade in self.trades:
                if (now - trade.entry_time).days >= 3:
                    trade.close()
            for trade in self.closed_trades:
                seen.append((trade.exit_time - trade.entry_time, now > datetime(2024, 1, 6)))  # noqa: DTZ001
            if now.date() == date(2024, 1, 4):
                assert now.time() == time(0)
                assert len(self.data.index) == len(list(self.data.index)) == 4
                assert self.data.index[-2:] == [self.data.index[-2], now]

    perform(Holding, flat(8))

    assert seen == [(timedelta(days=4), True)] * 2
