"""Bars for the tests of indicators: made up on a decimal grid, or real."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from naru import ta

MARKET = Path(__file__).resolve().parents[4] / "shared" / "data" / "market"
COLUMNS = ("open", "high", "low", "close", "volume")
PLACES = {"series": "close", "y": "close", "market": "close", "x": "open", "other": "volume"}

Columns = dict[str, NDArray[np.float64]]


def walk(rows: int, seed: int, decimals: int = 2, flat: tuple[int, int] = (0, 0)) -> Columns:
    """Return random bars around 100; rows ``flat`` all repeat one price."""
    rng = np.random.default_rng(seed)
    close = np.round(100 + np.cumsum(rng.normal(0, 0.5, rows)), decimals)
    close = np.maximum(close, 1.0)
    open_ = np.round(close + rng.normal(0, 0.3, rows), decimals)
    high = np.round(np.maximum(open_, close) + np.abs(rng.normal(0, 0.3, rows)), decimals)
    low = np.round(np.minimum(open_, close) - np.abs(rng.normal(0, 0.3, rows)), decimals)
    for column in (open_, high, low, close):
        column[slice(*flat)] = close[flat[0]] if rows else 0.0
    volume = np.round(rng.uniform(1, 1000, rows), 3)
    return dict(zip(COLUMNS, (open_, high, low, close, volume), strict=True))


def real(name: str, rows: int | None = None) -> Columns:
    """Return real bars of ``shared/data/market``, or skip the test."""
    path = MARKET / f"{name}.parquet"
    if not path.exists():
        pytest.skip(f"no market data at {path.name}: put it next to the project to run this")
    table = pq.read_table(path).slice(0, rows)
    return {name: table[name].to_numpy().astype(float) for name in COLUMNS}


def inputs(name: str, bars: Columns) -> list[NDArray[np.float64]]:
    """Return the columns that the indicator ``name`` takes."""
    return [bars[PLACES.get(column, column)] for column in ta.indicators()[name].inputs]


def columns(result: object) -> list[NDArray[np.float64]]:
    """Return the outputs of an indicator as a list."""
    return list(result) if isinstance(result, tuple) else [result]  # type: ignore[list-item]
