"""What a Parquet file says of itself, read before anything is decompressed.

The footer's sizes are claims that nothing enforces: a reader allocates what each page's own header
announces, up to 2 GiB from a few hundred bytes. The structs are those of
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from shared.bar_files.thrift import CompactReader, MalformedError, Struct

_TAIL_BYTES = 8  # the footer's length and the magic
_MAX_FOOTER_BYTES = 4 << 20
_MAX_HEADER_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Chunk:
    """The pages of one column in one row group: where they stand in the file."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Some of the rows; ``chunks`` are in the order of the file's columns."""

    rows: int
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a column chunk; sizes in bytes, as its header announces them."""

    uncompressed_size: int
    encoding: int | None


def row_groups_of(file: BinaryIO) -> list[RowGroup]:
    """Read the footer. Raises ``MalformedError``."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read(_TAIL_BYTES)
    length = int.from_bytes(tail[:4], "little")
    if len(tail) < _TAIL_BYTES or tail[4:] != b"PAR1" or length > size - _TAIL_BYTES:
        raise MalformedError("the file does not end as Parquet files do")
    if length > _MAX_FOOTER_BYTES:
        raise MalformedError("the file has too many parts")
    file.seek(size - _TAIL_BYTES - length)
    footer = CompactReader(file.read(length)).struct()
    return [
        RowGroup(
            _number(group, 3),
            tuple(_chunk(_struct(chunk, 3)) for chunk in _structs(group, 1)),
        )
        for group in _structs(footer, 4)
    ]


def pages_of(file: BinaryIO, chunk: Chunk) -> Iterator[Page]:
    """Walk over the page headers of a column chunk. Raises ``MalformedError``."""
    position, end = chunk.start, chunk.start + chunk.length
    while position < end:
        file.seek(position)
        reader = CompactReader(file.read(min(_MAX_HEADER_BYTES, end - position)))
        header = reader.struct()
        size, body = _number(header, 2), _number(header, 3)
        if size < 0 or body < 0:
            raise MalformedError("a page has a negative size")
        if 5 in header:
            yield Page(size, _number(_struct(header, 5), 2))
        elif 8 in header:
            yield Page(size, _number(_struct(header, 8), 4))
        else:
            yield Page(size, None)
        position += reader.position + body


def _chunk(column: Struct) -> Chunk:
    start = _number(column, 9)
    if 11 in column and 0 < _number(column, 11) < start:  # the dictionary's page comes first
        start = _number(column, 11)
    length = _number(column, 7)
    if start < 0 or length < 0:
        raise MalformedError("a column has a negative place or size")
    return Chunk(start, length)


def _number(fields: Struct, number: int) -> int:
    value = fields.get(number)
    if type(value) is not int:
        raise MalformedError("metadata lacks a number")
    return value


def _struct(fields: Struct, number: int) -> Struct:
    value = fields.get(number)
    if not isinstance(value, dict):
        raise MalformedError("metadata lacks a part")
    return value


def _structs(fields: Struct, number: int) -> list[Struct]:
    values = fields.get(number)
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise MalformedError("metadata lacks a list")
    return values
