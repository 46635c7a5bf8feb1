"""The equity curve as a Parquet object: two columns, as long as the run."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def encode_curve(ts: Ints, value: Floats) -> bytes:
    """Write the curve: ``ts`` in ns since the epoch, UTC; ``value`` in quote currency."""
    stamps = pa.array(ts, pa.timestamp("ns", tz="UTC"))
    table = pa.table({"ts": stamps, "value": pa.array(value, pa.float64())})
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def decode_curve(data: bytes) -> tuple[Ints, Floats]:
    """Read what :func:`encode_curve` wrote."""
    table = pq.read_table(pa.BufferReader(data))
    return table["ts"].cast(pa.int64()).to_numpy(), table["value"].to_numpy()
