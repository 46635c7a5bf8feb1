"""Numbers about runs, for whoever serves them: counted here, exported elsewhere."""

from __future__ import annotations

import bisect
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from logic_service.domain.bar_times import BOUNDS_S
from logic_service.sandbox.types import Verdict

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_BYTES = tuple(float(1 << power) for power in range(24, 36))
_MAX_VERSIONS = 10_000


@dataclass(slots=True)
class Histogram:
    """Counts of values by upper bound; ``counts`` has one more place, for the values above all."""

    bounds: tuple[float, ...]
    counts: list[int] = field(default_factory=list)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def observe(self, value: float, times: int = 1) -> None:
        self.counts[bisect.bisect_left(self.bounds, value)] += times
        self.total += value * times

    @property
    def count(self) -> int:
        return sum(self.counts)

    def copy(self) -> Histogram:
        twin = Histogram(self.bounds)
        twin.counts, twin.total = list(self.counts), self.total
        return twin


@dataclass(frozen=True, slots=True)
class Sample:
    """One exported series: a counter's value, or a histogram."""

    name: str
    help: str
    labels: Mapping[str, str]
    value: float | Histogram


class Meter:
    """Counts starts, verdicts, CPU, memory and time per bar. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._starts: dict[str, int] = {}
        self._verdicts: dict[tuple[str, str], int] = {}
        self._cpu: dict[str, Histogram] = {}
        self._memory: dict[str, Histogram] = {}
        self._waits = Histogram(_SECONDS)
        self._bars: OrderedDict[str, Histogram] = OrderedDict()
        self._zygote_starts = 0

    def zygote_started(self) -> None:
        with self._lock:
            self._zygote_starts += 1

    def child_started(self, task: str) -> None:
        with self._lock:
            self._starts[task] = self._starts.get(task, 0) + 1

    def run_ended(self, plan: str, verdict: Verdict, cpu_s: float, peak_bytes: int) -> None:
        with self._lock:
            key = (plan, verdict.value)
            self._verdicts[key] = self._verdicts.get(key, 0) + 1
            self._cpu.setdefault(plan, Histogram(_SECONDS)).observe(cpu_s)
            self._memory.setdefault(plan, Histogram(_BYTES)).observe(peak_bytes)

    def run_began(self, wait_s: float) -> None:
        """Count how long a request waited for its first user line."""
        with self._lock:
            self._waits.observe(wait_s)

    def bars_handled(self, version: str, bar_count: int, cpu_s: float) -> None:
        """Count some bars of one version that lives by their mean time."""
        if bar_count <= 0:
            return
        with self._lock:
            histogram = self._bars.pop(version, None) or Histogram(BOUNDS_S)
            histogram.observe(cpu_s / bar_count, bar_count)
            self._bars[version] = histogram
            while len(self._bars) > _MAX_VERSIONS:
                self._bars.popitem(last=False)

    def bar_times(self, version: str) -> Histogram:
        """Return the seconds per bar of one version; empty for one that never ran here."""
        with self._lock:
            found = self._bars.get(version)
            return found.copy() if found else Histogram(BOUNDS_S)

    def samples(self) -> Iterator[Sample]:
        """Yield every series except those by version, of which there may be thousands."""
        with self._lock:
            found = list(self._samples())
        yield from found

    def _samples(self) -> Iterator[Sample]:
        yield Sample("sandbox_zygote_starts_total", "Zygotes started.", {}, self._zygote_starts)
        for task, count in sorted(self._starts.items()):
            yield Sample("sandbox_starts_total", "Children started.", {"task": task}, count)
        for (plan, verdict), count in sorted(self._verdicts.items()):
            labels = {"plan": plan, "verdict": verdict}
            yield Sample("sandbox_verdicts_total", "Runs by how they ended.", labels, count)
        for name, text, table in (
            ("sandbox_cpu_seconds", "CPU time of a run.", self._cpu),
            ("sandbox_peak_bytes", "Largest resident size of a run.", self._memory),
        ):
            for plan, histogram in sorted(table.items()):
                yield Sample(name, text, {"plan": plan}, histogram.copy())
        yield Sample("sandbox_start_seconds", "To the first user line.", {}, self._waits.copy())
