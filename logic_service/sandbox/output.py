"""The child's side of the channel: buffered frames out, never more than one write at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from logic_service.sandbox import frames
from logic_service.sandbox.frames import Kind
from logic_service.sandbox.types import Problem, Verdict

_FLUSH_BYTES = 32 << 10
_CHUNK_BYTES = 1 << 20
_MAX_MESSAGE = 2_000


class Output:
    """Writes frames to one descriptor; logs and plots are gathered and sent in batches."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._logs = bytearray()
        self._plots = bytearray()
        self._held = b""
        self._now: Callable[[], int | None] = lambda: None
        self.is_writing = False

    def follow(self, now: Callable[[], int | None]) -> None:
        self._now = now

    def print(self, text: str) -> None:
        """Take a text of ``print``, at whatever bar that is."""
        self.log(self._now(), text)

    def log(self, ts_ns: int | None, text: str) -> None:
        self._logs += frames.encode_log(ts_ns, text)
        if len(self._logs) > _FLUSH_BYTES:
            self.flush()

    def plot(self, name: str, ts_ns: int, value: float) -> None:
        self._plots += frames.encode_plot(name, ts_ns, value)
        if len(self._plots) > _FLUSH_BYTES:
            self.flush()

    def progress(self, done: int, total: int) -> None:
        self.flush()
        self.send(Kind.PROGRESS, frames.PROGRESS.pack(done, total))

    def flush(self) -> None:
        for kind, buffer in ((Kind.LOGS, self._logs), (Kind.PLOTS, self._plots)):
            if buffer:
                data = bytes(buffer)
                buffer.clear()
                self.send(kind, data)

    def hold(self, kind: Kind, payload: bytes = b"") -> None:
        """Keep a small frame back until the next one leaves: the host is woken once for both."""
        self._held += frames.encode(kind, payload)

    def send(self, kind: Kind, payload: bytes = b"") -> None:
        """Write one frame, whole, after those that were held back."""
        self.is_writing = True
        held, self._held = self._held, b""
        head = held + frames.encode_head(kind, len(payload))
        if len(payload) < _FLUSH_BYTES:
            self._write(head + payload)
        else:  # rather one more write than a copy
            self._write(head)
            self._write(payload)
        self.is_writing = False

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view[:_CHUNK_BYTES]) :]

    def send_json(self, kind: Kind, value: Any) -> None:
        """Write a frame of strict JSON. Raises ValueError for NaN and TypeError for objects."""
        self.send(kind, _encode_json(value))

    def hold_json(self, kind: Kind, value: Any) -> None:
        """Keep a frame of strict JSON back, as ``hold`` does."""
        self.hold(kind, _encode_json(value))

    def fail(self, verdict: Verdict, problem: Problem) -> None:
        """Say why the run ends here; the last frame of a run that fails."""
        self.flush()
        self.send_json(Kind.FAILED, {"verdict": verdict, **problem_fields(problem)})


def _encode_json(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False).encode()


def problem_fields(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "message": problem.message[:_MAX_MESSAGE],
        "line": problem.line,
        "column": problem.column,
        "hint": problem.hint,
    }
