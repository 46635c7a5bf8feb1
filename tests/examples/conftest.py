"""One sandbox for all examples, and real bars for them to run on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from logic_service.sandbox.host import SandboxHost
from naru.bars import Bars
from shared.bar_files import read_bars

MARKET = Path(__file__).resolve().parents[3] / "shared" / "data" / "market"
Market = Callable[..., list[Bars]]


@pytest.fixture(scope="session")
def host() -> Iterator[SandboxHost]:
    """Return a sandbox with every layer on."""
    with SandboxHost() as host:
        yield host


@pytest.fixture(scope="session")
def market() -> Market:
    """Return real bars by name: ``market("SPY_1d", "IWM_1d", since="2009-01-01")``."""

    def read(*names: str, since: str = "2009-01-01", rows: int = 3_000) -> list[Bars]:
        start = np.datetime64(since, "ns").astype(np.int64)
        return [_cut(name, int(start), rows) for name in names]

    return read


def _cut(name: str, start: int, rows: int) -> Bars:
    path = MARKET / f"{name}.parquet"
    if not path.exists():
        pytest.skip(f"no market data at {path.name}: put it next to the project to run this")
    bars = read_bars(path).bars
    first = int(np.searchsorted(bars.ts, start))
    part = slice(first, first + rows)
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    return Bars(bars.symbol, bars.timeframe, bars.ts[part], *(column[part] for column in columns))
