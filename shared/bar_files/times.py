"""The ``ts`` column: ISO 8601 texts, epoch numbers of unknown unit, timestamps of any unit."""

import re

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shared.bar_files.errors import BarFileError

# The unit of an epoch number follows from its size: 1e11 seconds are the year 5138, while
# 1e11 milliseconds are 1973. Bars before 1973 therefore need seconds or ISO 8601.
_EPOCH_UNITS = ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3))
_LARGEST_EXACT_FLOAT = 2.0**53
_ZONE = re.compile(r"(Z|[+-]\d\d(:?\d\d)?)$")
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,19}")
_FRACTION = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")
_MAX_TEXT_LENGTH = 64


def text_type(first_value: str) -> pa.DataType:
    """Return the type that a column of texts has, going by its first value.

    Naive timestamps are UTC; a column is either naive throughout or zoned throughout.
    """
    text = first_value.strip()
    if _WHOLE_NUMBER.fullmatch(text):
        return pa.int64()
    if _FRACTION.fullmatch(text):
        return pa.float64()
    has_time = len(text) > len("2020-01-01")
    zoned = has_time and _ZONE.search(text[len("2020-01-01") :]) is not None
    return pa.timestamp("ns", "UTC" if zoned else None)


def parse_texts(texts: pa.Array, first_row: int) -> pa.Array:
    """Turn a Parquet column of texts (dictionary-encoded) into numbers or timestamps."""
    dictionary = texts.dictionary
    for text in dictionary:
        if text.as_py() is not None and len(text.as_py()) > _MAX_TEXT_LENGTH:
            message = f"ts holds texts of more than {_MAX_TEXT_LENGTH} characters"
            raise BarFileError.about("ts", "wrong-type", message)
    if texts.null_count or not len(texts):
        return texts.indices.cast(pa.int64())
    kind = text_type(dictionary[texts.indices[0].as_py()].as_py())
    try:
        return dictionary.cast(kind).take(texts.indices)
    except pa.ArrowInvalid as error:
        message = f"ts: not every text from row {first_row + 1} on is an ISO 8601 time or a number"
        raise BarFileError.about("ts", "wrong-type", message, first_row + 1) from error


def whole_ticks(values: NDArray[np.float64], first_row: int) -> NDArray[np.int64]:
    """Return epoch numbers that were written as floats; refuses fractions and lost digits."""
    with np.errstate(invalid="ignore"):
        bad = ~((values == np.rint(values)) & (np.abs(values) <= _LARGEST_EXACT_FLOAT))
    if bad.any():
        row = first_row + int(bad.argmax()) + 1
        message = f"ts: row {row} is no whole number of seconds, milliseconds or nanoseconds"
        raise BarFileError.about("ts", "wrong-type", message, row)
    return values.astype(np.int64)


def epoch_to_ns(ticks: NDArray[np.int64]) -> None:
    """Scale epoch numbers to nanoseconds in place; one unit for the whole column."""
    if not len(ticks):
        return
    largest = max(abs(int(ticks.max())), abs(int(ticks.min())))
    for bound, ns_per_tick in _EPOCH_UNITS:
        if largest < bound:
            limit = np.iinfo(np.int64).max // ns_per_tick
            if largest > limit:
                message = "ts lies outside the years 1678 to 2261"
                raise BarFileError.about("ts", "time-out-of-range", message)
            ticks *= ns_per_tick
            return
