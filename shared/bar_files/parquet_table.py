"""Parquet into columns."""

from collections.abc import Iterator, Mapping
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from shared.bar_files.columns import COLUMNS, GrowingColumns, match_columns, too_many_rows
from shared.bar_files.errors import BarFileError, BarFileProblem
from shared.bar_files.limits import BarFileLimits
from shared.bar_files.parquet_pages import MalformedPageError, pages_of
from shared.bar_files.times import parse_texts

_BATCH_ROWS = 16384
_READ_BYTES = 131072
_MAX_COLUMNS = 1_000
_MAX_ROW_GROUPS = 100_000
# What a page may say it unpacks to: a value with its level, or a text of 64 characters.
_BYTES_PER_NUMBER, _BYTES_PER_TEXT, _SPARE_BYTES = 40, 80, 1 << 20
# The others build long texts out of shared beginnings, without bound.
_TEXT_ENCODINGS = {0, 2, 3, 8}  # PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY


def read_parquet(file: BinaryIO, limits: BarFileLimits) -> tuple[GrowingColumns, Mapping[str, str]]:
    """Read a Parquet file into columns and the texts of its own metadata.

    Raises ``BarFileError``; also for files whose pages would unpack to more than their rows need.
    """
    try:
        file.seek(0)
        parquet = pq.ParquetFile(file, buffer_size=_READ_BYTES, pre_buffer=False)
        _refuse_absurd_sizes(parquet.metadata, limits)
        schema = parquet.schema_arrow
        place = match_columns(schema.names)
        names = [schema.names[place[name]] for name in COLUMNS]
        _check_types([schema.field(name).type for name in names])
        text_ts = _is_text(schema.field(names[0]).type)
        _check_pages(file, parquet.metadata, [place[name] for name in COLUMNS], text_ts)
        if text_ts:
            file.seek(0)
            parquet = pq.ParquetFile(
                file, buffer_size=_READ_BYTES, pre_buffer=False, read_dictionary=[names[0]]
            )
        columns = GrowingColumns(limits.max_rows, parquet.metadata.num_rows)
        for batch in _batches(parquet, names):
            columns.append(batch if not text_ts else _with_parsed_ts(batch, len(columns)))
    except BarFileError:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        message = "the Parquet file is damaged or uses a feature that is not read"
        raise BarFileError.about("file", "unreadable", message) from error
    columns.finish()
    return columns, _texts(schema.metadata)


def _refuse_absurd_sizes(metadata: pq.FileMetaData, limits: BarFileLimits) -> None:
    if metadata.num_rows > limits.max_rows:
        raise too_many_rows(metadata.num_rows, limits.max_rows)
    if metadata.num_columns > _MAX_COLUMNS or metadata.num_row_groups > _MAX_ROW_GROUPS:
        message = "the file has too many columns or row groups"
        raise BarFileError.about("file", "too-many-parts", message)
    if metadata.num_rows < 0:
        raise BarFileError.about("file", "unreadable", "the file claims a negative row count")


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


def _check_pages(
    file: BinaryIO, metadata: pq.FileMetaData, places: list[int], text_ts: bool
) -> None:
    """Refuse column chunks whose pages unpack to more than that many values can take."""
    for group in range(metadata.num_row_groups):
        for name, place in zip(COLUMNS, places, strict=True):
            text = text_ts and name == "ts"
            chunk = metadata.row_group(group).column(place)
            rows = max(0, metadata.row_group(group).num_rows)
            allowed = rows * (_BYTES_PER_TEXT if text else _BYTES_PER_NUMBER) + _SPARE_BYTES
            start = chunk.data_page_offset
            if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < start:
                start = chunk.dictionary_page_offset
            try:
                pages = list(pages_of(file, start, chunk.total_compressed_size))
            except MalformedPageError as error:
                message = f"column {name!r} is damaged: {error}"
                raise BarFileError.about(name, "unreadable", message) from error
            encodings = {page.encoding for page in pages if page.encoding is not None}
            if sum(page.uncompressed_size for page in pages) > allowed or (
                text and not encodings <= _TEXT_ENCODINGS
            ):
                message = f"column {name!r} would unpack to more than {rows:,} rows can need"
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
