"""PostgreSQL's binary formats for columns of bars: no Python object per value, in or out."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_service.storage.tiers import COLUMNS
from naru.bars import Bars

# Signature, no flags, no header extension; and at the end a tuple of -1 fields.
COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER = b"\xff\xff"

_ROWS_PER_BLOCK = 16_384
_EPOCH_OFFSET_US = 946_684_800_000_000
"""PostgreSQL counts microseconds from 2000-01-01, NumPy and Python from 1970-01-01."""

_FIELDS = [("series", ">i8"), ("ts", ">i8"), *((name, ">f8") for name in COLUMNS)]
_ROW = np.dtype(
    [
        ("count", ">i2"),
        *(part for name, kind in _FIELDS for part in ((f"{name}_size", ">i4"), (name, kind))),
    ]
)
_ARRAY_HEADER_BYTES = 20
_NS_PER_US = 1_000


def is_storable(ts: NDArray[np.int64]) -> bool:
    """Tell whether all instants are whole microseconds, which is what a timestamptz keeps."""
    return not (ts % _NS_PER_US).any()


def copy_blocks(series: int, bars: Bars) -> Iterator[bytes]:
    """Yield the bars as the input of ``COPY data.bars FROM STDIN (FORMAT BINARY)``."""
    yield COPY_HEADER
    for start in range(0, len(bars), _ROWS_PER_BLOCK):
        yield _block(series, bars, slice(start, start + _ROWS_PER_BLOCK))
    yield COPY_TRAILER


def _block(series: int, bars: Bars, rows: slice) -> bytes:
    ts = bars.ts[rows]
    block = np.empty(len(ts), _ROW)
    block["count"] = len(_FIELDS)
    for name, _ in _FIELDS:
        block[f"{name}_size"] = 8
    block["series"] = series
    block["ts"] = ts // _NS_PER_US - _EPOCH_OFFSET_US
    for name in COLUMNS:
        block[name] = getattr(bars, name)[rows]
    return block.tobytes()


def decode_times(sent: bytes) -> NDArray[np.int64]:
    """Read ``array_send(array_agg(ts))`` as nanoseconds since the epoch."""
    return (_values(sent, ">i8").astype(np.int64) + _EPOCH_OFFSET_US) * _NS_PER_US


def decode_numbers(sent: bytes) -> NDArray[np.float64]:
    """Read ``array_send(array_agg(price))``."""
    return _values(sent, ">f8").astype(np.float64)


def _values(sent: bytes, kind: str) -> NDArray[Any]:
    element = np.dtype([("size", ">i4"), ("value", kind)])
    values: NDArray[Any] = np.frombuffer(sent, element, offset=_ARRAY_HEADER_BYTES)["value"]
    return values
