"""Every float64 survives the way into the database and back; others' bars stay untouched."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from data_service.bars.repository import BarRepository, instant
from data_service.deps import DataDeps
from data_service.storage.tiers import COLUMNS, PlainTier
from naru.bars import Bars

BEGIN = datetime(1, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)
_VALUES = st.floats(allow_nan=False, allow_infinity=False)
_TIMES = st.lists(
    st.integers(-(2**53), 2**53).map(lambda us: us * 1000), min_size=1, max_size=40, unique=True
).map(sorted)


@st.composite
def _any_bars(draw: st.DrawFn) -> Bars:
    ts = np.array(draw(_TIMES), np.int64)
    row = st.lists(_VALUES, min_size=len(ts), max_size=len(ts))
    return Bars("ACME", "1d", ts, *(np.array(draw(row), np.float64) for _ in COLUMNS))


# The fixture is the pool of connections, which examples may share.
@hypothesis_settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(bars=_any_bars())
async def test_bars_come_back_bit_for_bit(deps: DataDeps, bars: Bars) -> None:
    async with deps.units_of_work() as work:
        repository = BarRepository(work.session, PlainTier())
        await repository.delete(1)
        assert await repository.replace(1, bars) == 0
        assert await repository.replace(1, bars) == len(bars)
        columns = await repository.read(1, BEGIN, END)

    for name in ("ts", *COLUMNS):
        assert columns[name].tobytes() == getattr(bars, name).tobytes(), name


async def test_other_series_stay(deps: DataDeps) -> None:
    bars = Bars("ACME", "1d", np.arange(5) * 1000, *(np.ones(5) for _ in COLUMNS))
    async with deps.units_of_work() as work:
        repository = BarRepository(work.session, PlainTier())
        await repository.replace(1, bars)
        await repository.replace(2, bars)
        await repository.delete(1)

        assert len((await repository.read(1, BEGIN, END))["ts"]) == 0
        assert len(await repository.page(2, BEGIN, END, 10)) == 5


def test_instants_are_cut_to_microseconds() -> None:
    assert instant(-1_000) == datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert instant(1_999) == datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
