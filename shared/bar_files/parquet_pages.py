"""What the pages of a Parquet column say of themselves, read before anything is decompressed.

The footer's sizes are claims that nothing enforces: a reader allocates what each page's own header
announces, up to 2 GiB from a few hundred bytes. Page headers are Thrift structs in the compact
protocol (``PageHeader`` in https://github.com/apache/parquet-format); three of their fields matter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_MAX_HEADER_BYTES = 64 << 10
_MAX_DEPTH = 8
_BOOLEANS, _BYTE, _INTS, _DOUBLE, _BINARY, _LISTS, _STRUCT = (1, 2), 3, (4, 5, 6), 7, 8, (9, 10), 12
_UNCOMPRESSED_SIZE, _COMPRESSED_SIZE = (2,), (3,)
_ENCODINGS = ((5, 2), (8, 4))  # in data_page_header and data_page_header_v2


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a column chunk; sizes in bytes, as its header announces them."""

    uncompressed_size: int
    encoding: int | None


class MalformedPageError(ValueError):
    """The bytes are no chain of page headers."""


def pages_of(file: BinaryIO, start: int, length: int) -> Iterator[Page]:
    """Walk over the page headers of a column chunk that takes these bytes of the file."""
    position, end = start, start + length
    while position < end:
        file.seek(position)
        header = _Header(file.read(min(_MAX_HEADER_BYTES, end - position)))
        size, body = header.facts.get(_UNCOMPRESSED_SIZE), header.facts.get(_COMPRESSED_SIZE)
        if size is None or body is None or size < 0 or body < 0:
            raise MalformedPageError("a page header lacks its sizes")
        encodings = [header.facts[path] for path in _ENCODINGS if path in header.facts]
        yield Page(size, encodings[0] if encodings else None)
        position += header.length + body


class _Header:
    """A decoded struct: integer fields by their path of field ids, and the bytes it took."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self.facts: dict[tuple[int, ...], int] = {}
        try:
            self._struct(())
        except IndexError as error:
            raise MalformedPageError("a page header is cut short") from error
        self.length = self._at

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise MalformedPageError("an integer of a page header is too long")

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _struct(self, path: tuple[int, ...]) -> None:
        if len(path) > _MAX_DEPTH:
            raise MalformedPageError("a page header is nested too deeply")
        field = 0
        while (head := self._data[self._at]) != 0:
            self._at += 1
            kind, step = head & 0x0F, head >> 4
            field = field + step if step else self._integer()
            self._value(kind, (*path, field))
        self._at += 1

    def _value(self, kind: int, path: tuple[int, ...]) -> None:
        if kind in _BOOLEANS:
            return
        if kind in _INTS:
            self.facts[path] = self._integer()
        elif kind == _STRUCT:
            self._struct(path)
        elif kind in _LISTS:
            self._list(path)
        elif kind in (_BYTE, _DOUBLE, _BINARY):
            self._skip(1 if kind == _BYTE else 8 if kind == _DOUBLE else self._varint())
        else:
            raise MalformedPageError("a page header holds a value of unknown type")

    def _list(self, path: tuple[int, ...]) -> None:
        head = self._data[self._at]
        self._at += 1
        count = head >> 4 if head >> 4 != 15 else self._varint()
        if count > _MAX_HEADER_BYTES:
            raise MalformedPageError("a page header holds too long a list")
        for _ in range(count):
            if head & 0x0F in _BOOLEANS:  # inside lists, unlike in fields, they take a byte
                self._skip(1)
            else:
                self._value(head & 0x0F, (*path, -1))

    def _skip(self, count: int) -> None:
        self._at += count
        if self._at > len(self._data):
            raise MalformedPageError("a page header is cut short")
