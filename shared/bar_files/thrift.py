"""Thrift's compact protocol, as much of it as Parquet's metadata needs.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md

Arrow's own metadata objects cannot be asked about hostile files: some of what they refuse, they
refuse by ending the process.
"""

from typing import Any

_TRUE, _FALSE, _BYTE, _INTS, _DOUBLE, _BINARY, _LISTS, _STRUCT = (
    1,
    2,
    3,
    (4, 5, 6),
    7,
    8,
    (9, 10),
    12,
)
_MAX_DEPTH = 12
_MAX_VARINT_BITS = 63
Struct = dict[int, Any]


class MalformedError(ValueError):
    """The bytes are no Thrift struct."""


class CompactReader:
    """Reads structs from bytes: dicts by field number, of ints, bytes, lists and structs.

    Doubles, which Parquet's metadata does not use, are left as their eight bytes. Raises
    ``MalformedError``.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def struct(self, depth: int = 0) -> Struct:
        """Read the struct at the present position and move behind it."""
        if depth > _MAX_DEPTH:
            raise MalformedError("metadata is nested too deeply")
        fields: Struct = {}
        number = 0
        while head := self._byte():
            kind, step = head & 0x0F, head >> 4
            number = number + step if step else self._integer()
            if kind in (_TRUE, _FALSE):
                fields[number] = kind == _TRUE
            else:
                fields[number] = self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind in _INTS:
            return self._integer()
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in _LISTS:
            return self._list(depth + 1)
        if kind in (_BYTE, _TRUE, _FALSE):  # inside lists, unlike in fields, booleans take a byte
            return self._byte()
        if kind == _DOUBLE:
            return self._bytes(8)
        raise MalformedError("metadata holds a value of unknown type")

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        kind, count = head & 0x0F, head >> 4
        if count == 15:
            count = self._varint()
        # Every value takes a byte at least, so a count cannot promise more than there is.
        if count > len(self._data) - self.position or depth > _MAX_DEPTH:
            raise MalformedError("metadata is cut short")
        return [self._value(kind, depth) for _ in range(count)]

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _varint(self) -> int:
        value = shift = 0
        while (byte := self._byte()) & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
            if shift > _MAX_VARINT_BITS:
                raise MalformedError("metadata holds too long an integer")
        return value | byte << shift

    def _bytes(self, count: int) -> bytes:
        start = self.position
        self.position += count
        if self.position > len(self._data):
            raise MalformedError("metadata is cut short")
        return self._data[start : self.position]

    def _byte(self) -> int:
        if self.position >= len(self._data):
            raise MalformedError("metadata is cut short")
        self.position += 1
        return self._data[self.position - 1]
