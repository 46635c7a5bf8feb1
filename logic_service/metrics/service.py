"""What runs came to: counted with each run's end, summed when somebody asks."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import fsum
from uuid import UUID

from sqlalchemy import Row

from logic_service.contract.executions import Execution
from logic_service.contract.metrics import BarTimes, PlanMetrics, StrategyMetrics, VersionMetrics
from logic_service.domain.bar_times import BOUNDS_S, UNKNOWN, bucket_of
from logic_service.metrics.repository import RunCountRepository
from logic_service.models import BarCountRow, RunCountRow
from logic_service.strategies.service import StrategyService
from shared.unit_of_work import UnitOfWork

_VERSIONS = 50


class MetricsService:
    """Run counts, within one transaction."""

    def __init__(self, work: UnitOfWork) -> None:
        self._counts = RunCountRepository(work.session)
        self._strategies = StrategyService(work)

    async def count(
        self,
        workspace_id: UUID,
        version_id: UUID,
        plan: str,
        execution: Execution,
        bar_count: int,
        bar_times: Sequence[int],
    ) -> None:
        """Count one run. Bars count where all of them were handled: in runs that ended well.

        bar_times  bars by the class of their time, as the sandbox measured them
        """
        bars = bar_count if execution.verdict == "ok" else 0
        await self._counts.add(
            workspace_id=workspace_id,
            version_id=version_id,
            plan=plan,
            verdict=execution.verdict,
            bucket=bucket_of(bars, execution.cpu_s),
            bar_count=bars,
            cpu_s=execution.cpu_s,
            peak_memory_bytes=execution.peak_memory_bytes,
        )
        counts = {place: count for place, count in enumerate(bar_times) if count}
        await self._counts.add_bars(workspace_id, version_id, counts)

    async def get(self, workspace_id: UUID, strategy_id: UUID) -> StrategyMetrics:
        """Return what a strategy's runs came to. Raises StrategyNotFoundError."""
        await self._strategies.get(workspace_id, strategy_id)
        found = await self._counts.of_strategy(workspace_id, strategy_id, _VERSIONS)
        numbers = dict.fromkeys(number for _, number in found)
        bars = await self._counts.bars_of({row.version_id for row, _ in found})
        plans = sorted({row.plan for row, _ in found})
        return StrategyMetrics(
            strategy_id=strategy_id,
            versions=[_version(number, _rows(found, number), bars) for number in numbers],
            plans=[_plan(plan, [row for row, _ in found if row.plan == plan]) for plan in plans],
        )


def _rows(found: Sequence[Row[RunCountRow, int]], number: int) -> list[RunCountRow]:
    return [row for row, of in found if of == number]


def _version(number: int, rows: list[RunCountRow], bars: Sequence[BarCountRow]) -> VersionMetrics:
    verdicts: Counter[str] = Counter()
    counts = [0] * (len(BOUNDS_S) + 1)
    handled = [row for row in rows if row.bucket != UNKNOWN]
    for row in rows:
        verdicts[row.verdict] += row.run_count
    for row in handled:
        counts[row.bucket] += row.run_count
    bar_count = sum(row.bar_count for row in rows)
    return VersionMetrics(
        version_id=rows[0].version_id,
        number=number,
        run_count=verdicts.total(),
        verdicts=dict(sorted(verdicts.items())),
        bar_count=bar_count,
        cpu_s=fsum(row.cpu_s for row in rows),
        peak_memory_bytes=max(row.peak_memory_bytes for row in rows),
        bar_times=BarTimes(
            bounds_ms=[bound * 1e3 for bound in BOUNDS_S],
            counts=counts,
            bar_counts=by_class(row for row in bars if row.version_id == rows[0].version_id),
            mean_ms=fsum(row.cpu_s for row in handled) / bar_count * 1e3 if bar_count else None,
        ),
    )


def by_class(rows: Iterable[BarCountRow]) -> list[int]:
    """Return the bars of one version: one number for each class, and one for the slowest."""
    counts = [0] * (len(BOUNDS_S) + 1)
    for row in rows:
        counts[row.bucket] += row.bar_count
    return counts


def _plan(plan: str, rows: list[RunCountRow]) -> PlanMetrics:
    return PlanMetrics(
        plan=plan,
        run_count=sum(row.run_count for row in rows),
        cpu_s=fsum(row.cpu_s for row in rows),
        peak_memory_bytes=max(row.peak_memory_bytes for row in rows),
    )
