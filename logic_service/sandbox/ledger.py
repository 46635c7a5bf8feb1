"""What a live strategy has seen and asked for: enough to start it anew as if nothing happened."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from logic_service.sandbox.frames import FrameError, Kind
from logic_service.sandbox.transcript import Transcript, read_json
from logic_service.sandbox.types import Json
from naru.bars import Bars
from naru.engine.orderlog import MAX_TAG_BYTES, RECORD, OrderLog
from naru.errors import OrderLogError

_COLUMNS = ("open", "high", "low", "close", "volume")
_MAX_TAGS_A_BAR = 1_000


class LiveResultError(ValueError):
    """A child's answer to a bar does not add up."""


class LiveLedger:
    """The bars, orders and state of one deployment. Only checked answers change it."""

    def __init__(self, history: Sequence[Bars]) -> None:
        """Begin with the bars before the first push. Raises ValueError without any."""
        if not history or any(len(bars) == 0 for bars in history):
            raise ValueError("a live strategy needs at least one bar of history for each symbol")
        self._timeframes = {bars.symbol: bars.timeframe for bars in history}
        self._base = {bars.symbol: bars for bars in history}
        self._added: dict[str, list[tuple[int, Sequence[float]]]] = {
            bars.symbol: [] for bars in history
        }
        self._step = len(np.unique(np.concatenate([bars.ts for bars in history])))
        self._newest = max(int(bars.ts[-1]) for bars in history)
        self._asked_for = self._newest
        self._start: int | None = None
        self._tags: list[str] = [""]
        self.records: Any = np.zeros(0, dtype=RECORD)
        self.state: Json = {}

    def check(self, ts: int, values: Mapping[str, Sequence[float]]) -> None:
        """Refuse a bar that cannot follow. Raises ValueError."""
        if ts <= self._asked_for:
            raise ValueError("bars are pushed in order of time")
        unknown = set(values) - set(self._base)
        if unknown or not values:
            raise ValueError(f"{min(unknown)!r} is not deployed" if unknown else "no bar was given")
        for row in values.values():
            if len(row) != len(_COLUMNS) or not all(math.isfinite(value) for value in row):
                raise ValueError("a bar is open, high, low, close, volume, all finite")
        self._asked_for = ts

    def take(self, ts: int, values: Mapping[str, Sequence[float]], answer: Transcript) -> None:
        """Add a handled bar and what was asked for at its close. Raises LiveResultError."""
        try:
            told = read_json(answer.payloads[Kind.BAR_DONE])
            state = answer.json(Kind.STATE)
            self._take_orders(answer.payloads.get(Kind.ORDERS), told)
        except (FrameError, OrderLogError, KeyError) as error:
            raise LiveResultError(f"The answer to a bar is not valid: {error}") from error
        if isinstance(state, dict):
            self.state = state
        for symbol, row in values.items():
            self._added[symbol].append((ts, row))
        self._newest = ts
        self._step += 1

    def _take_orders(self, payload: bytes | None, told: Json) -> None:
        fields = told if isinstance(told, dict) else {}
        start, tags = fields.get("start"), fields.get("tags")
        if type(start) is not int or not 0 <= start <= self._step + 1:
            raise FrameError("an impossible first step")
        if payload is None:
            self._start = start
            return
        if len(payload) % RECORD.itemsize:
            raise FrameError("orders of the wrong size")
        records = np.concatenate([self.records, np.frombuffer(payload, RECORD)])
        log = OrderLog(start, records, (*self._tags, *_checked_tags(tags)))
        checked = OrderLog.from_bytes(log.to_bytes())
        if len(checked) and int(checked.records["step"][-1]) > self._step:
            raise FrameError("orders from the future")
        self.records, self._tags, self._start = checked.records, list(checked.tags), start

    def order_log(self) -> OrderLog:
        """Return everything asked for so far."""
        start = self._step if self._start is None else self._start
        return OrderLog(start, self.records, tuple(self._tags))

    def carry(self) -> dict[str, Any] | None:
        """Return what a restarted session needs; None when nothing has happened yet."""
        if all(not added for added in self._added.values()):
            return None
        return {
            "orders": self.order_log().to_bytes().hex(),
            "state": self.state,
            "step": self._step,
        }

    def history(self) -> list[Bars]:
        """Return all bars so far."""
        return [self._grown(symbol) for symbol in self._base]

    def _grown(self, symbol: str) -> Bars:
        base, added = self._base[symbol], self._added[symbol]
        if not added:
            return base
        ts = np.concatenate([base.ts, np.array([at for at, _ in added], dtype=np.int64)])
        rows = np.array([row for _, row in added], dtype=np.float64)
        columns = [
            np.concatenate([getattr(base, name), rows[:, place]])
            for place, name in enumerate(_COLUMNS)
        ]
        return Bars(symbol, self._timeframes[symbol], ts, *columns)


def _checked_tags(tags: Json) -> list[str]:
    if not isinstance(tags, list) or len(tags) > _MAX_TAGS_A_BAR:
        raise FrameError("orders without tags")
    checked = [tag for tag in tags if isinstance(tag, str) and tag.isprintable()]
    if len(checked) != len(tags) or any(len(tag.encode()) > MAX_TAG_BYTES for tag in checked):
        raise FrameError("tags that are no short texts")
    return checked
