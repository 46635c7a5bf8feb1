"""Files of bars, made in memory."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from naru.bars import Bars

type_of = {"ts": pa.timestamp("ns", "UTC")}
DAY = 86_400_000_000_000
START = 1_577_836_800_000_000_000  # 2020-01-01


@pytest.fixture
def columns() -> dict[str, Any]:
    """Five good daily bars; tests break what they are about."""
    return {
        "ts": START + DAY * np.arange(5),
        "open": np.array([10.0, 11.0, 12.0, 11.5, 11.0]),
        "high": np.array([11.5, 12.5, 12.5, 12.0, 12.0]),
        "low": np.array([9.5, 10.5, 11.0, 10.5, 10.0]),
        "close": np.array([11.0, 12.0, 11.5, 11.0, 11.5]),
        "volume": np.array([100.0, 0.0, 300.0, 250.0, 120.0]),
    }


@pytest.fixture
def bars(columns: dict[str, Any]) -> Bars:
    return Bars("BTC-USD", "1d", *columns.values())


@pytest.fixture
def parquet() -> Callable[..., io.BytesIO]:
    """Write columns as Parquet; integers in ``ts`` become UTC nanoseconds."""

    def write(columns: dict[str, Any], **options: Any) -> io.BytesIO:
        arrays = {
            name: pa.array(values, type_of.get(name) if np.ndarray is type(values) else None)
            for name, values in columns.items()
        }
        file = io.BytesIO()
        pq.write_table(pa.table(arrays), file, **options)
        file.seek(0)
        return file

    return write


@pytest.fixture
def csv() -> Callable[[str], io.BytesIO]:
    """Write CSV text."""
    return lambda text: io.BytesIO(text.encode())
