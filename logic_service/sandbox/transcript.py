"""What one child said, parsed with a cap on everything."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from typing import Any

from logic_service.sandbox import frames
from logic_service.sandbox.frames import FrameError, FrameReader, Kind, OutputLimitError
from logic_service.sandbox.pacing import Pace
from logic_service.sandbox.scrubbing import scrub, storable
from logic_service.sandbox.types import Json, Limits, LogLine, PlotPoint, Problem, Verdict
from naru.engine.shortlog import bytes_as_orders
from naru.engine.state import check_bounds

OnProgress = Callable[[int, int], None]

MAX_CODE_BYTES = 8 << 20
_MAX_JSON_BYTES = 256 << 10
_MAX_TEXT = 2_000
_MAX_LINE_BYTES = 64 << 10  # a run's least quota: one text may use all of it
_MAX_LINES = 1 << 16  # or one for every 16 bytes of the quota: empty lines cost memory too
_MAX_FRAMES = 1 << 16  # each costs the host time, however little it says
_FAILED_VERDICTS = {Verdict.REJECTED, Verdict.CRASHED, Verdict.OUT_OF_MEMORY, Verdict.TIMEOUT}
_ONCE = {Kind.SEALED, Kind.CODE, Kind.PROBLEMS, Kind.STRATEGY, Kind.STARTED} | {
    Kind.ORDERS,
    Kind.SHORT_ORDERS,
    Kind.CLAIM,
    Kind.STATE,
    Kind.READY,
    Kind.BAR_DONE,
}


class Transcript:
    """Gathers the frames of one run. Raises FrameError from ``feed``.

    code_bytes  what may come beyond the output limit before the first user line runs
    on_long     called once when a run shows that it calls the strategy bar by bar
    bar_count   bars of the run, to know its pace
    """

    def __init__(
        self,
        limits: Limits,
        on_progress: OnProgress | None = None,
        *,
        code_bytes: int = MAX_CODE_BYTES,
        on_long: Callable[[], None] | None = None,
        bar_count: int = 0,
    ) -> None:
        self.pace = Pace(bar_count)
        self._progress: tuple[int, int] | None = None
        self._limits = limits
        self._on_progress = on_progress
        self._reader = FrameReader(max(limits.output_bytes, code_bytes))
        self._code_bytes = code_bytes
        self._on_long = on_long
        self._received_bytes = 0
        self._frame_count = 0
        self._log_bytes = 0
        self._most_lines = max(_MAX_LINES, limits.log_bytes // 16)
        self.seen_at: dict[Kind, float] = {}
        self.payloads: dict[Kind, bytes] = {}
        self.logs: list[LogLine] = []
        self.logs_dropped_count = 0
        self.plots: list[PlotPoint] = []
        self.plots_dropped_count = 0
        self.failure: tuple[Verdict, Problem] | None = None

    @property
    def is_done(self) -> bool:
        return Kind.DONE in self.seen_at

    def clock(self, cpu_s: float | None) -> None:
        """Take the child's processor time, read after what it said was fed."""
        if self._progress is None:
            self.pace.start(cpu_s)
        else:
            self.pace.note(*self._progress, cpu_s)

    def feed(self, data: bytes) -> None:
        """Take received bytes."""
        self._received_bytes += len(data)
        allowance = self._code_bytes if Kind.STARTED not in self.seen_at else 0
        if self._received_bytes > self._limits.output_bytes + allowance:
            raise OutputLimitError(f"more than {self._limits.output_bytes} bytes of output")
        for kind, payload in self._reader.feed(data):
            if self.is_done or self.failure:
                raise FrameError("a frame after the last")
            self._frame_count += 1
            if self._frame_count > _MAX_FRAMES:
                raise OutputLimitError(f"more than {_MAX_FRAMES} messages")
            if kind in _ONCE and kind in self.seen_at:
                raise FrameError(f"a second {kind.name} frame")
            self.seen_at.setdefault(kind, time.perf_counter())
            self._take(kind, payload)

    def _take(self, kind: Kind, payload: bytes) -> None:
        match kind:
            case Kind.LOGS:
                self._take_logs(payload)
            case Kind.PLOTS:
                self._take_plots(payload)
            case Kind.PROGRESS:
                self._take_progress(payload)
            case Kind.FAILED:
                self.failure = read_failure(payload)
            case Kind.STATE if len(payload) > self._limits.state_bytes:
                raise OutputLimitError(f"more than {self._limits.state_bytes} bytes of state")
            case Kind.SHORT_ORDERS if bytes_as_orders(len(payload)) > self._limits.output_bytes:
                raise OutputLimitError(f"more than {self._limits.output_bytes} bytes of orders")
            case _:
                self.payloads[kind] = payload

    def _take_logs(self, payload: bytes) -> None:
        for ts_ns, text in frames.decode_logs(payload):
            size = len(text.encode("utf-8", "replace"))
            is_over = self._log_bytes + size > self._limits.log_bytes
            if is_over or size > _MAX_LINE_BYTES or len(self.logs) >= self._most_lines:
                self.logs_dropped_count += 1
                continue
            self._log_bytes += size
            self.logs.append(LogLine(ts_ns, scrub(text)))

    def _take_plots(self, payload: bytes) -> None:
        for name, ts_ns, value in frames.decode_plots(payload):
            if len(self.plots) >= self._limits.plot_count or not math.isfinite(value):
                self.plots_dropped_count += 1
            else:
                self.plots.append(PlotPoint(name, ts_ns, value))

    def _take_progress(self, payload: bytes) -> None:
        if len(payload) != frames.PROGRESS.size:
            raise FrameError("a progress frame of the wrong size")
        done, total = self._progress = frames.PROGRESS.unpack(payload)
        if self._on_long is not None and done < total:
            self._on_long()
            self._on_long = None
        if self._on_progress is not None and 0 <= done <= total:
            self._on_progress(done, total)

    def json(self, kind: Kind) -> Json:
        """Return a JSON payload, None when it was not sent. Raises FrameError when malformed."""
        payload = self.payloads.get(kind)
        return None if payload is None else read_json(payload, self._limits.state_bytes)


def read_json(payload: bytes, max_bytes: int = _MAX_JSON_BYTES) -> Json:
    """Parse strict JSON from the child: finite numbers, bounded nesting. Raises FrameError."""
    if len(payload) > max(max_bytes, _MAX_JSON_BYTES):
        raise FrameError("a JSON frame is too long")
    try:
        value: Json = json.loads(payload, parse_constant=_refuse_constant)
        check_bounds(value)
    except (ValueError, RecursionError) as error:
        raise FrameError("a frame is not JSON") from error
    return value


def read_failure(payload: bytes) -> tuple[Verdict, Problem]:
    """Parse a FAILED frame. Raises FrameError."""
    fields = _mapping(read_json(payload))
    verdict = fields.get("verdict")
    if not isinstance(verdict, str) or verdict not in _FAILED_VERDICTS:
        raise FrameError("a failure without a verdict")
    return Verdict(verdict), read_problem(fields)


def read_problem(fields: Any) -> Problem:
    """Build a Problem from the child's JSON. Raises FrameError for fields of the wrong type."""
    fields = _mapping(fields)
    code, message, hint = (fields.get(name) for name in ("code", "message", "hint"))
    if not isinstance(code, str) or not isinstance(message, str):
        raise FrameError("a problem without code or message")
    return Problem(
        code=storable(code[:64]),
        message=scrub(storable(message[:_MAX_TEXT])),
        line=_place(fields.get("line")),
        column=_place(fields.get("column")),
        hint=scrub(storable(hint[:_MAX_TEXT])) if isinstance(hint, str) else None,
    )


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FrameError("a frame holds no object")
    return value


def _place(value: Any) -> int | None:
    is_place = type(value) is int and 0 < value < 1_000_000
    return value if is_place else None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
