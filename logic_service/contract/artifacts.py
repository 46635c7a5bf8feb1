"""The bytes of the objects that a run leaves behind, for their writer and their readers."""

from collections.abc import Iterable, Iterator

import orjson

LoggedLine = tuple[int | None, str]
"""``(ts_ns, text)``: the bar's open in ns since the epoch (None outside of bars), the text."""

PlottedPoint = tuple[str, int, float]
"""``(name, ts_ns, value)``."""


def encode_logs(lines: Iterable[LoggedLine]) -> bytes:
    """Write log lines as JSON arrays ``[ts_ns, text]``, one a line."""
    return b"".join(orjson.dumps(line) + b"\n" for line in lines)


def decode_logs(data: bytes) -> Iterator[LoggedLine]:
    """Yield what :func:`encode_logs` wrote, in its order."""
    for line in data.splitlines():
        ts_ns, text = orjson.loads(line)
        yield ts_ns, text


def encode_plots(points: Iterable[PlottedPoint]) -> bytes:
    """Write plotted points as JSON arrays ``[name, ts_ns, value]``, one a line."""
    return b"".join(orjson.dumps(point) + b"\n" for point in points)


def decode_plots(data: bytes) -> Iterator[PlottedPoint]:
    """Yield what :func:`encode_plots` wrote, in its order."""
    for line in data.splitlines():
        name, ts_ns, value = orjson.loads(line)
        yield name, ts_ns, value
