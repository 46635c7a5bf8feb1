"""Run counts and the sandbox's own numbers, as Prometheus reads them.

Totals of runs come from the database: runs happen in worker processes that nobody scrapes, and
the numbers outlive restarts. What only this process knows (children started, waiting times) is
its own and starts at zero with it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from logic_service.deps import LogicDeps
from logic_service.domain.bar_times import BOUNDS_S
from logic_service.metrics.repository import RunCountRepository
from logic_service.metrics.service import by_class
from logic_service.models import BarCountRow
from logic_service.sandbox.metering import Histogram, Sample
from shared.ids import public_id

_PREFIX = "naru_"
_LABELS = ("plan", "verdict")
_VERSIONS = 50  # each is twenty series

Total = Sequence[object]
"""(plan, verdict, runs, bars, cpu_s, peak_memory_bytes)"""


class _Metrics(Collector):
    def __init__(
        self, totals: Iterable[Total], bars: Iterable[BarCountRow], samples: Iterable[Sample]
    ) -> None:
        self._totals = list(totals)
        self._bars = list(bars)
        self._samples = list(samples)

    def collect(self) -> Iterator[Metric]:
        yield from _total_families(self._totals)
        yield _bar_family(self._bars)
        yield from _sample_families(self._samples)


async def expose(deps: LogicDeps) -> bytes:
    """Return the page."""
    async with deps.units_of_work() as work:
        counts = RunCountRepository(work.session)
        totals, bars = await counts.totals(), await counts.busiest_bars(_VERSIONS)
    registry = CollectorRegistry()
    registry.register(_Metrics(totals, bars, deps.sandbox.samples()))
    return generate_latest(registry)


def _total_families(totals: list[Total]) -> Iterator[Metric]:
    runs = CounterMetricFamily(f"{_PREFIX}runs", "Runs by how they ended.", labels=_LABELS)
    bars = CounterMetricFamily(f"{_PREFIX}run_bars", "Bars that runs handled.", labels=_LABELS)
    cpu = CounterMetricFamily(f"{_PREFIX}run_cpu_seconds", "CPU time of runs.", labels=_LABELS)
    peak = GaugeMetricFamily(
        f"{_PREFIX}run_peak_bytes", "Largest resident size of any run.", labels=_LABELS
    )
    families: tuple[CounterMetricFamily | GaugeMetricFamily, ...] = (runs, bars, cpu, peak)
    for plan, verdict, *numbers in totals:
        for family, number in zip(families, numbers, strict=True):
            family.add_metric((str(plan), str(verdict)), float(str(number)))
    yield from families


def _bar_family(rows: list[BarCountRow]) -> HistogramMetricFamily:
    """Return bars by their time for each version; their sum is not kept."""
    family = HistogramMetricFamily(
        f"{_PREFIX}bar_seconds", "Bars of the busiest versions by CPU time.", labels=("version",)
    )
    for version_id, of_version in groupby(rows, key=lambda row: row.version_id):
        times = Histogram(BOUNDS_S)
        times.counts = by_class(of_version)
        family.add_metric((public_id("ver", version_id),), _buckets(times), None)
    return family


def _sample_families(samples: list[Sample]) -> Iterator[Metric]:
    families: dict[str, CounterMetricFamily | HistogramMetricFamily] = {}
    for sample in samples:
        names, values = tuple(sample.labels), tuple(sample.labels.values())
        name, value = _PREFIX + sample.name, sample.value
        family = families.get(name)
        if isinstance(value, Histogram):
            if not isinstance(family, HistogramMetricFamily):
                family = families[name] = HistogramMetricFamily(name, sample.help, labels=names)
            family.add_metric(values, _buckets(value), value.total)
        else:
            if not isinstance(family, CounterMetricFamily):
                family = families[name] = CounterMetricFamily(name, sample.help, labels=names)
            family.add_metric(values, value)
    yield from families.values()


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    known, buckets = 0, []
    for bound, count in zip((*histogram.bounds, float("inf")), histogram.counts, strict=True):
        known += count
        buckets.append(("+Inf" if bound == float("inf") else str(bound), float(known)))
    return buckets
