"""Parquet into columns."""

from collections.abc import Iterator, Mapping
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from shared.bar_files.columns import COLUMNS, GrowingColumns, match_columns, too_many_rows
from shared.bar_files.errors import BarFileError, BarFileProblem
from shared.bar_files.limits import BarFileLimits
from shared.bar_files.parquet_pages import RowGroup, pages_of, row_groups_of
from shared.bar_files.thrift import MalformedError
from shared.bar_files.times import parse_texts

_BATCH_ROWS = 16384
_READ_BYTES = 131072
# What a page may say it unpacks to: a value with its level, or a text of 64 characters.
_BYTES_PER_NUMBER, _BYTES_PER_TEXT, _SPARE_BYTES = 40, 80, 1 << 20
# The others build long texts out of shared beginnings, without bound.
_TEXT_ENCODINGS = {0, 2, 3, 8}  # PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY


def read_parquet(file: BinaryIO, limits: BarFileLimits) -> tuple[GrowingColumns, Mapping[str, str]]:
    """Read a Parquet file into columns and the texts of its own metadata.

    Raises ``BarFileError``; also for files whose pages would unpack to more than their rows need.
    """
    try:
        groups = row_groups_of(file)
        rows = sum(group.rows for group in groups)
        if rows > limits.max_rows or any(group.rows < 0 for group in groups):
            raise too_many_rows(rows, limits.max_rows)
        file.seek(0)
        parquet = pq.ParquetFile(file, buffer_size=_READ_BYTES, pre_buffer=False)
        schema = parquet.schema_arrow
        place = match_columns(schema.names)
        names = [schema.names[place[name]] for name in COLUMNS]
        _check_types([schema.field(name).type for name in names])
        text_ts = _is_text(schema.field(names[0]).type)
        _check_pages(file, groups, [place[name] for name in COLUMNS], text_ts)
        if text_ts:
            file.seek(0)
            parquet = pq.ParquetFile(
                file, buffer_size=_READ_BYTES, pre_buffer=False, read_dictionary=[names[0]]
            )
        columns = GrowingColumns(limits.max_rows, rows)
        for batch in _batches(parquet, names):
            columns.append(batch if not text_ts else _with_parsed_ts(batch, len(columns)))
    except BarFileError:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        message = "the Parquet file is damaged or uses a feature that is not read"
        raise BarFileError.about("file", "unreadable", message) from error
    columns.finish()
    return columns, _texts(schema.metadata)


def _check_types(types: list[pa.DataType]) -> None:
    problems = []
    for name, kind in zip(COLUMNS, types, strict=True):
        fits = _is_number(kind) or (name != "ts" and pa.types.is_decimal(kind))
        if name == "ts":
            fits = fits or pa.types.is_timestamp(kind) or pa.types.is_date(kind) or _is_text(kind)
        if not fits:
            wanted = "times or numbers" if name == "ts" else "numbers"
            message = f"column {name!r} holds {str(kind)[:80]} where {wanted} belong"
            problems.append(BarFileProblem(name, None, "wrong-type", message))
    if problems:
        raise BarFileError.of(problems)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _check_pages(file: BinaryIO, groups: list[RowGroup], places: list[int], text_ts: bool) -> None:
    """Refuse column chunks whose pages unpack to more than that many values can take."""
    for group in groups:
        if len(group.chunks) != len(COLUMNS):
            raise MalformedError("a row group lacks a column")
        for name, place in zip(COLUMNS, places, strict=True):
            text = text_ts and name == "ts"
            bytes_per_value = _BYTES_PER_TEXT if text else _BYTES_PER_NUMBER
            allowed = group.rows * bytes_per_value + _SPARE_BYTES
            pages = list(pages_of(file, group.chunks[place]))
            encodings = {page.encoding for page in pages if page.encoding is not None}
            if sum(page.uncompressed_size for page in pages) > allowed or (
                text and not encodings <= _TEXT_ENCODINGS
            ):
                message = f"column {name!r} would unpack to more than {group.rows:,} rows can need"
                raise BarFileError.about(name, "too-large", message)


def _batches(parquet: pq.ParquetFile, names: list[str]) -> Iterator[list[pa.Array]]:
    for batch in parquet.iter_batches(_BATCH_ROWS, columns=names, use_threads=False):
        yield [batch.column(name) for name in names]


def _with_parsed_ts(batch: list[pa.Array], first_row: int) -> list[pa.Array]:
    return [parse_texts(batch[0], first_row), *batch[1:]]


def _texts(metadata: Mapping[bytes, bytes] | None) -> Mapping[str, str]:
    return {
        key.decode(errors="replace"): value.decode(errors="replace")
        for key, value in (metadata or {}).items()
        if key.startswith(b"naru.")
    }
