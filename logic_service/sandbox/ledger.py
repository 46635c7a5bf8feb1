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
from naru.engine.orderlog import (
    MAX_TAG_BYTES,
    MAX_TAGS,
    RECORD,
    OrderLog,
    check_records,
    orders_made,
)
from naru.errors import OrderLogError

_COLUMNS = ("open", "high", "low", "close", "volume")
_MAX_TAGS_A_BAR = 1_000
_MAX_ORDERS_A_BAR = 5_000
_MAX_ORDERS = 1_000_000  # a hundred bytes of the host's memory each


class LiveResultError(ValueError):
    """A child's answer to a bar does not add up."""


class LiveLimitError(LiveResultError):
    """A strategy asks for more orders than a host will keep."""


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
        self._tags: dict[str, None] = {"": None}  # in the order of their numbers
        self._records: Any = np.zeros(0, dtype=RECORD)
        self._record_count = 0
        self._order_count = 0
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

    def rewind(self) -> None:
        """Let bars that were asked for and never taken be asked for again."""
        self._asked_for = self._newest

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
        if self._record_count and start > int(self._records["step"][0]):
            raise FrameError("a first step after the first order")
        if payload is not None:
            self._add(payload, _checked_tags(tags), start)
        self._start = start

    def _add(self, payload: bytes, tags: list[str], start: int) -> None:
        """Add records, looking at nothing but them: a bar costs the same after any number."""
        if len(payload) % RECORD.itemsize:
            raise FrameError("orders of the wrong size")
        added = np.frombuffer(payload, RECORD)
        known = dict.fromkeys([*self._tags, *tags]) if tags else self._tags
        if len(known) != len(self._tags) + len(tags) or len(known) > MAX_TAGS:
            raise FrameError("tags that are known already, or too many")
        count = self._record_count + len(added)
        if len(added) > _MAX_ORDERS_A_BAR or count > _MAX_ORDERS:
            raise LiveLimitError(
                f"The strategy asked for more than {_MAX_ORDERS_A_BAR} orders at one bar, or "
                f"{_MAX_ORDERS} in all."
            )
        since = int(self.records["step"][-1]) if self._record_count else start
        check_records(added, since, len(known), self._order_count)
        if len(added) and int(added["step"][-1]) > self._step:
            raise FrameError("orders from the future")
        if count > len(self._records):
            room = np.zeros(max(2 * self._record_count, count, 16), dtype=RECORD)
            room[: self._record_count] = self.records
            self._records = room
        self._records[self._record_count : count] = added
        self._record_count = count
        self._order_count += int(orders_made(added).sum())
        self._tags = known

    @property
    def records(self) -> Any:
        """Return the order log's records so far."""
        return self._records[: self._record_count]

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
    if not isinstance(tags, list):
        raise FrameError("orders without tags")
    if len(tags) > _MAX_TAGS_A_BAR:
        raise LiveLimitError(f"The strategy used more than {_MAX_TAGS_A_BAR} new tags at one bar.")
    checked = [tag for tag in tags if isinstance(tag, str) and tag.isprintable()]
    if len(checked) != len(tags) or any(len(tag.encode()) > MAX_TAG_BYTES for tag in checked):
        raise FrameError("tags that are no short texts")
    return checked
