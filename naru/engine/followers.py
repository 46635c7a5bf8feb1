"""What moves along with the timeline but not at every step: slower clocks, and timers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from naru.engine.calendar import DAY_NS, Session, timer_steps
from naru.engine.columns import Column
from naru.engine.market import Ints, Market
from naru.series import Clock


class Follower:
    """A clock that runs slower than the timeline.

    clock  it
    due    the step at which its next row comes, as far as bars are known
    """

    __slots__ = ("_changes", "_known", "_newest", "_place", "_rows", "clock", "due")

    def __init__(self, clock: Clock, rows: Ints, newest: Callable[[], int]) -> None:
        self.clock = clock
        self._newest = newest
        self._rows = Column(rows)
        self._changes = Column(np.flatnonzero(np.diff(rows, prepend=-1)))
        self._known = self._rows.values(), self._changes.values()
        self._place = 0
        self.due = 0

    def move(self, step: int) -> None:
        """Go to a step, and learn at which one the next row comes."""
        rows, changes = self._known
        count, place = len(changes), self._place
        if place < count and changes.item(place) == step:
            place += 1  # it comes now, which is when the loop calls
        else:
            place = int(changes.searchsorted(step, "right"))
        self._place = place
        row, clock = rows.item(step), self.clock
        if clock.base <= row < clock.base + clock.span:
            clock.place = row - clock.base + 1
        else:
            clock.move(row)
        self.due = changes.item(place) if place < count else len(rows)

    def grow(self) -> None:
        """Take in the step that the timeline has gained."""
        row, (rows, _) = self._newest(), self._known
        if row != (rows.item(-1) if len(rows) else -1):
            self._changes.append(len(rows))
        self._rows.append(row)
        self._known = rows, changes = self._rows.values(), self._changes.values()
        self.due = changes.item(self._place) if self._place < len(changes) else len(rows)

    def step_of(self, row: int) -> int:
        """Return the step at which a row becomes known."""
        return int(np.searchsorted(self._known[0], row))


@dataclass(slots=True)
class Timer:
    """A method that is called at certain bars: ``steps`` says which."""

    every: str
    method: Callable[[], Any]
    steps: Column[np.int64]

    def due(self, step: int) -> int:
        """Return the first of its steps at or after ``step``; beyond the data if there is none."""
        steps = self.steps.values()
        place = int(np.searchsorted(steps, step))
        return int(steps[place]) if place < len(steps) else 1 << 62

    def grow(self, market: Market, session: Session) -> None:
        """See whether it is due at the newest step, by the bars of the days around it."""
        newest = len(market) - 1
        first = int(np.searchsorted(market.ts, int(market.ts[newest]) - 2 * DAY_NS))
        first = max(min(first, newest - 1), 0)
        steps = timer_steps(self.every, market.ts[first:], market.span, session)
        if len(steps) and int(steps[-1]) + first == newest:
            self.steps.append(newest)
