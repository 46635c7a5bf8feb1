"""CSV and CSV.gz into columns."""

import csv
import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.csv as pa_csv

from shared.bar_files.columns import COLUMNS, GrowingColumns, match_columns
from shared.bar_files.errors import BarFileError
from shared.bar_files.limits import BarFileLimits, BoundedReader
from shared.bar_files.times import text_type

_HEAD_BYTES = 64 << 10
_BLOCK_BYTES = 1 << 20
_UTF8_MARK, _UTF16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
_MISSING = ["", "null", "NULL", "None", "NA", "N/A", "NaT"]
_BAD_VALUE = re.compile(
    r"In CSV column #(\d+): (?:Row #(\d+): )?CSV conversion error to ([^:]*): (.*)"
)
_BAD_WIDTH = re.compile(r"CSV parse error: Row #(\d+): Expected (\d+) columns, got (\d+)")


def read_csv(file: BinaryIO, compressed: bool, limits: BarFileLimits) -> GrowingColumns:
    """Read a CSV file; raises ``BarFileError``."""
    try:
        names, ts_type = _peek(_text(file, compressed, limits))
        columns = GrowingColumns(limits.max_rows)
        for batch in _batches(_text(file, compressed, limits), names, ts_type):
            columns.append(batch.columns)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BarFileError.about("file", "unreadable", "the gzip data is damaged") from error
    columns.finish()
    return columns


def _text(file: BinaryIO, compressed: bool, limits: BarFileLimits) -> BoundedReader:
    file.seek(0)
    stream = cast("BinaryIO", gzip.GzipFile(fileobj=file, mode="rb")) if compressed else file
    return BoundedReader(stream, limits.max_text_bytes)


def _peek(text: BoundedReader) -> tuple[list[str], pa.DataType]:
    """Return the header's names, cleaned, and the type of ``ts``, from the first lines."""
    head = text.read(_HEAD_BYTES).removeprefix(_UTF8_MARK)
    if head.startswith(_UTF16_MARKS) or b"\0" in head:
        raise BarFileError.about(
            "file", "unknown-format", "the file is neither Parquet nor UTF-8 CSV"
        )
    lines = [line for line in head.splitlines() if line.strip()][:2]
    if not lines:
        raise BarFileError.about("file", "empty", "the file is empty")
    try:
        header, *rows = csv.reader(line.decode() for line in lines)
    except (UnicodeDecodeError, csv.Error) as error:
        message = "the file is neither Parquet nor UTF-8 CSV"
        raise BarFileError.about("file", "unknown-format", message) from error
    if len(header) == 1 and any(separator in header[0] for separator in ";\t|"):
        raise BarFileError.about("file", "wrong-separator", "columns must be separated by commas")
    place = match_columns(header)
    if not rows:
        raise BarFileError.about("file", "empty", "the file has a header and no rows")
    names = sorted(place, key=lambda name: place[name])
    first = rows[0][place["ts"]] if len(rows[0]) == len(names) else ""
    return names, text_type(first)


def _batches(
    text: BoundedReader, names: list[str], ts_type: pa.DataType
) -> Iterator[pa.RecordBatch]:
    """Parse block by block, each in memory.

    Arrow's own streaming reader calls back into Python from a thread of its own, which is still
    reading when a bad row ends the parse: that has crashed the process.
    """
    types = {name: ts_type if name == "ts" else pa.float64() for name in names}
    # One thread, since only then do the reader's complaints name the row.
    read_options = pa_csv.ReadOptions(
        use_threads=False, block_size=2 * _BLOCK_BYTES, column_names=names
    )
    convert_options = pa_csv.ConvertOptions(
        column_types=types, include_columns=COLUMNS, null_values=_MISSING
    )
    row_count = 0
    for block in _blocks(text):
        try:
            table = pa_csv.read_csv(
                pa.BufferReader(block), read_options=read_options, convert_options=convert_options
            )
        except pa.ArrowException as error:
            raise _explain(str(error), names, row_count) from error
        yield from table.to_batches()
        row_count += table.num_rows


def _blocks(text: BoundedReader) -> Iterator[bytes]:
    """Yield the lines behind the header, about a megabyte of whole lines at a time."""
    rest, is_header_ahead = b"", True
    while chunk := text.read(_BLOCK_BYTES):
        rest += chunk
        if is_header_ahead:
            rest = rest.removeprefix(_UTF8_MARK).lstrip(b"\r\n")
            start = _line_end(rest, rest.find)
            if start == 0:
                continue
            rest, is_header_ahead = rest[start:], False
        end = _line_end(rest, rest.rfind)
        if end == 0 and len(rest) > _BLOCK_BYTES:
            raise BarFileError.about("file", "line-too-long", "a line is longer than 1 MiB")
        block, rest = rest[:end], rest[end:]
        if block.strip():
            yield block
    if rest.strip() and not is_header_ahead:
        yield rest


def _line_end(text: bytes, find: Callable[[bytes], int]) -> int:
    """Return the place behind a line's end, first or last as ``find`` does; 0 without any."""
    place = find(b"\n")
    return (place if place >= 0 else find(b"\r")) + 1


def _explain(complaint: str, names: list[str], row_count: int) -> BarFileError:
    """Say what Arrow's message means for the person who made the file.

    ``row_count`` rows lie before the block that Arrow counts in.
    """
    if found := _BAD_VALUE.search(complaint):
        name, value = names[int(found[1])], found[4].rsplit(" in ", 1)[-1].split("'")
        row = row_count + int(found[2]) if found[2] else None
        shown = value[1][:80] if len(value) > 1 else ""
        wanted = _wanted_time(row) if name == "ts" else "a number"
        message = f"{name}: {shown!r} in row {row} is not {wanted}"
        return BarFileError.about(name, "wrong-type", message, row)
    if found := _BAD_WIDTH.search(complaint):
        row = row_count + int(found[1])
        message = f"row {row} has {found[3]} values, the header has {found[2]}"
        return BarFileError.about("file", "wrong-width", message, row)
    return BarFileError.about("file", "unreadable", "the file cannot be read as CSV")


def _wanted_time(row: int | None) -> str:
    if row == 1:
        return "a time: write 2020-01-31, 2020-01-31T09:30:00Z, or seconds since 1970"
    return "a time like the first one (all with a zone offset, or all without)"
