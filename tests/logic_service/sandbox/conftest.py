"""One sandbox for all tests of a session, and bars to run on."""

from collections.abc import Iterator

import numpy as np
import pytest

from logic_service.sandbox.host import SandboxHost
from naru.bars import Bars

MINUTE_NS = 60_000_000_000


@pytest.fixture(scope="session")
def host() -> Iterator[SandboxHost]:
    """Return a sandbox with every layer on."""
    with SandboxHost() as host:
        yield host


@pytest.fixture(scope="session")
def bars() -> list[Bars]:
    """Return 60 minute bars of one rising instrument."""
    return [rising_bars(60)]


def rising_bars(count: int, symbol: str = "BTC-USD") -> Bars:
    """Return minute bars whose close rises by one a bar."""
    close = 100.0 + np.arange(count, dtype=np.float64)
    return Bars(
        symbol=symbol,
        timeframe="1m",
        ts=np.arange(count, dtype=np.int64) * MINUTE_NS,
        open=close - 0.5,
        high=close + 1,
        low=close - 1,
        close=close,
        volume=np.full(count, 10.0),
    )
