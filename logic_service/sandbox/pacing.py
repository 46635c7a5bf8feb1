"""How long a child takes for its bars, by a clock that it cannot forge.

The child says how many bars it has done; what that took is the kernel's count of its processor
time. Between two such words the bars share their time evenly: a few hundred bars where the
strategy is called bar by bar, the whole run where it is computed at once.
"""

from __future__ import annotations

from logic_service.domain.bar_times import BOUNDS_S
from logic_service.sandbox.metering import Histogram


class Pace:
    """Bars of one run by the processor seconds that each took.

    bar_count  bars of the run, all symbols together; a child cannot have done more
    """

    def __init__(self, bar_count: int) -> None:
        self.times = Histogram(BOUNDS_S)
        self._bar_count = bar_count
        self._done = 0
        self._since_s: float | None = None

    def start(self, cpu_s: float | None) -> None:
        """Begin anew as long as no bar is done: what was used up to here was the start."""
        if not self._done and cpu_s is not None:
            self._since_s = cpu_s

    def note(self, done: int, total: int, cpu_s: float | None) -> None:
        """Take a child's word that ``done`` of ``total`` steps are behind it."""
        if cpu_s is None or self._since_s is None or not 0 < done <= total:
            return
        bars = self._bar_count * done // total - self._done
        if bars > 0:
            self.times.observe(max(0.0, cpu_s - self._since_s) / bars, bars)
            self._done += bars
            self._since_s = cpu_s

    def finish(self, cpu_s: float) -> None:
        """Take the whole time of a child that has ended, for the bars not spoken of."""
        if self._since_s is None:  # it ended before its clock could be read once
            self._since_s = 0.0
        self.note(1, 1, cpu_s)
