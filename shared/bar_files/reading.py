"""A file of bars, whatever its format, into checked bars."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO

from naru.bars import Bars, infer_timeframe, timeframe_ns
from shared.bar_files.checks import (
    Contradictions,
    check_values,
    drop_contradicting_rows,
    drop_repeated_rows,
)
from shared.bar_files.columns import COLUMNS, GrowingColumns
from shared.bar_files.csv_table import read_csv
from shared.bar_files.errors import BarFileError
from shared.bar_files.limits import BarFileLimits
from shared.bar_files.parquet_table import read_parquet
from shared.bar_files.quality import QualityReport, report_on

_SYMBOL = re.compile(r"\w[\w.\-/:=^&]{0,63}")
_FOREIGN_MAGIC = {
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"\x28\xb5\x2f\xfd": "Zstandard data",
    b"BZh": "bzip2 data",
    b"\xfd7zXZ": "xz data",
    b"ARROW1": "an Arrow or Feather file",
    b"%PDF": "a PDF",
}
_DEFAULT_LIMITS = BarFileLimits()


@dataclass(frozen=True, slots=True)
class BarFile:
    """The bars of a file, and what was noticed on the way."""

    bars: Bars
    report: QualityReport


def read_bars(
    source: str | Path | BinaryIO,
    symbol: str | None = None,
    timeframe: str | None = None,
    *,
    limits: BarFileLimits = _DEFAULT_LIMITS,
    contradictions: Contradictions = "refuse",
) -> BarFile:
    """Read bars from Parquet, CSV or CSV.gz; the content decides which, not the name.

    Columns are ``ts, open, high, low, close, volume`` in any order. ``ts`` is UTC: ISO 8601, an
    epoch number in s, ms, us or ns, or a timestamp of any unit; naive times are UTC. The symbol
    comes from the argument, else from the file's metadata, else from the file's name
    (``BTC-USD_1d.parquet`` is BTC-USD), else it is ``BARS``. The timeframe comes from the
    argument, else from the metadata, else from the distances between bars.

    A binary file must be seekable and stays open. Rows whose prices contradict each other make the
    file invalid; ``contradictions="drop"`` leaves them out and counts them in the report.
    Raises ``BarFileError``, and nothing else, for files that cannot be used.
    """
    if not isinstance(source, str | Path):
        return _read(source, symbol, timeframe, limits, contradictions)
    try:
        with Path(source).open("rb") as file:
            return _read(file, symbol, timeframe, limits, contradictions)
    except OSError as error:
        reason = error.strerror or "it is not readable"
        raise BarFileError.about("file", "unreadable", f"cannot be opened: {reason}") from error


def symbol_from_name(name: str) -> str | None:
    """Return the symbol that a file name tells: ``data/BTC-USD_1d.parquet`` is BTC-USD."""
    stem = re.sub(r"\.(parquet|pq|csv|csv\.gz|gz|txt)$", "", PurePath(name).name, flags=re.I)
    parts = stem.split("_")
    for place, part in enumerate(parts[1:], start=1):
        if _is_timeframe(part):
            stem = "_".join(parts[:place])
            break
    return stem if _SYMBOL.fullmatch(stem) else None


def _read(
    file: BinaryIO,
    symbol: str | None,
    timeframe: str | None,
    limits: BarFileLimits,
    contradictions: Contradictions,
) -> BarFile:
    if timeframe is not None and not _is_timeframe(timeframe):
        message = f"{timeframe[:20]!r} is no timeframe; write it as 1m, 5m, 1h, 1d or 1w"
        raise BarFileError.about("timeframe", "invalid-timeframe", message)
    columns, texts = _read_columns(file, limits)
    rows = len(columns)
    if rows == 0:
        raise BarFileError.about("file", "empty", "the file has no rows")
    repeated = drop_repeated_rows(columns)
    contradicting = drop_contradicting_rows(columns) if contradictions == "drop" else 0
    check_values(columns)
    if len(columns) == 0:
        raise BarFileError.about("file", "empty", "no row of the file is a possible bar")
    bars = Bars(
        _symbol(symbol, texts.get("naru.symbol"), getattr(file, "name", None)),
        timeframe or _timeframe(columns, texts.get("naru.timeframe")),
        columns.ts,
        *(columns[name] for name in COLUMNS[1:]),
    )
    return BarFile(bars, report_on(bars, rows, repeated, contradicting))


def _read_columns(file: BinaryIO, limits: BarFileLimits) -> tuple[GrowingColumns, dict[str, str]]:
    size = file.seek(0, 2)
    if size == 0:
        raise BarFileError.about("file", "empty", "the file is empty")
    if size > limits.max_file_bytes:
        message = f"the file has {size:,} bytes; at most {limits.max_file_bytes:,} are read"
        raise BarFileError.about("file", "too-large", message)
    file.seek(0)
    magic = file.read(8)
    for start, kind in _FOREIGN_MAGIC.items():
        if magic.startswith(start):
            message = f"the file is {kind}; send Parquet, CSV or CSV.gz"
            raise BarFileError.about("file", "unknown-format", message)
    if magic.startswith(b"PAR1"):
        columns, metadata = read_parquet(file, limits)
        return columns, dict(metadata)
    return read_csv(file, magic.startswith(b"\x1f\x8b"), limits), {}


def _symbol(given: str | None, in_file: str | None, file_name: object) -> str:
    if given is not None and not _SYMBOL.fullmatch(given):
        message = f"{given[:80]!r} is no symbol: letters, digits and . - / : = ^ & _, at most 64"
        raise BarFileError.about("symbol", "invalid-symbol", message)
    if given is None and in_file is not None and _SYMBOL.fullmatch(in_file):
        given = in_file
    if given is None and isinstance(file_name, str):
        given = symbol_from_name(file_name)
    return given or "BARS"


def _timeframe(columns: GrowingColumns, in_file: str | None) -> str:
    if in_file is not None and _is_timeframe(in_file):
        return in_file
    try:
        return infer_timeframe(columns.ts)
    except ValueError as error:
        message = f"the timeframe cannot be told from the file: {error}"
        raise BarFileError.about("ts", "unknown-timeframe", message) from error


def _is_timeframe(text: str) -> bool:
    try:
        timeframe_ns(text)
    except ValueError:
        return False
    return True
