"""The binary frames between host and child: one kind byte, a 32-bit length, the payload.

The child is hostile from the first user line on, so its side is parsed with a cap on every
length before any memory is taken for it. Nothing is ever unpickled.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum

HEADER = struct.Struct("<BI")
LOG = struct.Struct("<qI")
PLOT = struct.Struct("<qdH")
PROGRESS = struct.Struct("<QQ")
NO_TS = -(1 << 63)
EXIT_DONE, EXIT_FAILED, EXIT_MEMORY = 0, 70, 71  # the child's exit status


class Kind(IntEnum):
    """What a frame from the child says. SEALED comes first, with the frame after it."""

    SEALED = 1
    CODE = 2
    PROBLEMS = 3
    STRATEGY = 4
    STARTED = 5
    LOGS = 6
    PLOTS = 7
    PROGRESS = 8
    ORDERS = 9
    CLAIM = 10
    STATE = 11
    FAILED = 12
    DONE = 13
    READY = 14
    BAR_DONE = 15
    SHORT_ORDERS = 16


class FrameError(ValueError):
    """The peer sent something that is not a frame."""


class OutputLimitError(FrameError):
    """The peer sent more than it may."""


class FrameReader:
    """Cuts a byte stream into frames; refuses a length above ``max_bytes`` at once."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[Kind, bytes]]:
        """Add received bytes and yield every frame that is complete.

        Raises FrameError for an unknown kind, OutputLimitError for an excessive length.
        """
        self._buffer += data
        start = 0
        while len(self._buffer) - start >= HEADER.size:
            number, length = HEADER.unpack_from(self._buffer, start)
            kind = _kind(number)
            if length > self._max_bytes:
                raise OutputLimitError(f"more than {self._max_bytes} bytes of output at once")
            end = start + HEADER.size + length
            if len(self._buffer) < end:
                break
            yield kind, bytes(self._buffer[start + HEADER.size : end])
            start = end
        del self._buffer[:start]

    @property
    def is_mid_frame(self) -> bool:
        return bool(self._buffer)


def _kind(number: int) -> Kind:
    try:
        return Kind(number)
    except ValueError as error:
        raise FrameError(f"unknown frame kind {number}") from error


def encode_head(kind: Kind, size: int) -> bytes:
    """Return what stands before a payload of so many bytes."""
    return HEADER.pack(kind, size)


def encode(kind: Kind, payload: bytes = b"") -> bytes:
    return encode_head(kind, len(payload)) + payload


def encode_log(ts_ns: int | None, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    return LOG.pack(NO_TS if ts_ns is None else ts_ns, len(data)) + data


def decode_logs(payload: bytes) -> Iterator[tuple[int | None, str]]:
    """Yield (ts_ns, text) of a LOGS frame. Raises FrameError when it does not add up."""
    start = 0
    while start < len(payload):
        if len(payload) - start < LOG.size:
            raise FrameError("a log record is cut off")
        ts_ns, length = LOG.unpack_from(payload, start)
        start += LOG.size
        if len(payload) - start < length:
            raise FrameError("a log record is cut off")
        yield (
            None if ts_ns == NO_TS else ts_ns,
            payload[start : start + length].decode("utf-8", "replace"),
        )
        start += length


def encode_plot(name: str, ts_ns: int, value: float) -> bytes:
    data = name.encode("utf-8", "replace")[:256]
    return PLOT.pack(ts_ns, value, len(data)) + data


def decode_plots(payload: bytes) -> Iterator[tuple[str, int, float]]:
    """Yield (name, ts_ns, value) of a PLOTS frame. Raises FrameError when it does not add up."""
    start = 0
    while start < len(payload):
        if len(payload) - start < PLOT.size:
            raise FrameError("a plot record is cut off")
        ts_ns, value, length = PLOT.unpack_from(payload, start)
        start += PLOT.size
        if length > 256 or len(payload) - start < length:
            raise FrameError("a plot record is cut off")
        yield payload[start : start + length].decode("utf-8", "replace"), ts_ns, value
        start += length
