"""Bars as Parquet."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from naru.bars import Bars
from shared.bar_files.columns import COLUMNS


def write_bars(bars: Bars) -> bytes:
    """Return the bars as a Parquet file that ``read_bars`` reads back to equal bars.

    Symbol and timeframe travel in the file's metadata. Same bars and same Arrow, same bytes.
    """
    ts = _arrow(bars.ts, pa.timestamp("ns", "UTC"))
    prices = [_arrow(getattr(bars, name), pa.float64()) for name in COLUMNS[1:]]
    metadata = {"naru.symbol": bars.symbol, "naru.timeframe": bars.timeframe}
    schema = pa.schema(
        [
            pa.field(name, array.type, nullable=False)
            for name, array in zip(COLUMNS, [ts, *prices], strict=True)
        ],
        metadata=metadata,
    )
    sink = pa.BufferOutputStream()
    pq.write_table(
        pa.Table.from_arrays([ts, *prices], schema=schema),
        sink,
        compression="zstd",
        use_dictionary=False,
        column_encoding={"ts": "DELTA_BINARY_PACKED"},
    )
    return bytes(sink.getvalue())


def _arrow(values: NDArray[np.generic], kind: pa.DataType) -> pa.Array:
    # From the buffer: pa.array() on NumPy input imports pandas where that is installed.
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])
