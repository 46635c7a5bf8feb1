"""How much of a file is read before it is refused."""

import io
from dataclasses import dataclass
from typing import BinaryIO

from shared.bar_files.errors import BarFileError


@dataclass(frozen=True, slots=True)
class BarFileLimits:
    """Bounds on what one file may cost.

    max_file_bytes   size of the file as it is stored or sent
    max_text_bytes   size of CSV text after decompression
    max_rows         rows; one row takes 48 bytes of memory
    """

    max_file_bytes: int = 256 << 20
    max_text_bytes: int = 1 << 30
    max_rows: int = 10_000_000


class BoundedReader(io.RawIOBase):
    """Passes a stream on and raises ``BarFileError`` once it is longer than allowed.

    Closing it leaves the stream behind it open: that belongs to the caller.
    """

    def __init__(self, stream: BinaryIO, max_bytes: int) -> None:
        self._stream = stream
        self._left = max_bytes

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = self._stream.read(self._left + 1 if size is None or size < 0 else size)
        self._left -= len(chunk)
        if self._left < 0:
            raise BarFileError.about("file", "too-large", "the text of the file is too long")
        return chunk
