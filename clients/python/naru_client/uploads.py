"""Files on their way to the platform: read in pieces, counted, and read again for a repetition."""

import io
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import BinaryIO

PIECE = 64 * 1024
OnProgress = Callable[[int, int], None]
"""Called with the bytes sent so far and the bytes of the file."""

Source = str | Path | bytes | BinaryIO
_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv",
    ".gz": "application/gzip",
}
_ANY = "application/octet-stream"


class Upload:
    """A file to send: a path, bytes, or an open binary file that can be rewound.

    name   the file's, without its folder; empty for bytes
    """

    def __init__(
        self,
        source: Source,
        content_type: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> None:
        """Measure the file. Raises OSError."""
        self._source = Path(source) if isinstance(source, str) else source
        self._on_progress = on_progress
        called = source if isinstance(source, str) else getattr(source, "name", "")
        self.name = Path(called).name if isinstance(called, str) else ""
        self.content_type = content_type or _TYPES.get(Path(self.name).suffix.lower(), _ANY)
        if isinstance(self._source, Path):
            self.size = self._source.stat().st_size
        elif isinstance(self._source, bytes):
            self.size = len(self._source)
        else:
            self._start = self._source.tell()
            self.size = self._source.seek(0, io.SEEK_END) - self._start

    def __repr__(self) -> str:
        """Tell type and size, not the content."""
        return f"<Upload {self.content_type} {self.size} bytes>"

    def pieces(self) -> Iterator[bytes]:
        """Yield the file from its beginning."""
        if isinstance(self._source, Path):
            with self._source.open("rb") as file:
                yield from self._read(file)
        elif isinstance(self._source, bytes):
            yield from self._read(io.BytesIO(self._source))
        else:
            self._source.seek(self._start)
            yield from self._read(self._source)

    async def pieces_async(self) -> AsyncIterator[bytes]:
        """Yield the same to an event loop. Pieces are small and local: reading them is quick."""
        for piece in self.pieces():
            yield piece

    def _read(self, file: BinaryIO) -> Iterator[bytes]:
        sent = 0
        while piece := file.read(PIECE):
            yield piece
            sent += len(piece)
            if self._on_progress is not None:
                self._on_progress(sent, self.size)
