"""Metrics of a strategy: what its runs came to."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from shared.ids import StrategyId, VersionId

_VERSION: JsonDict = {
    "version_id": "ver_0199f0c2b7a77c3e9d1e5a4b3c2d1e0f",
    "number": 3,
    "run_count": 4,
    "verdicts": {"ok": 3, "timeout": 1},
    "bar_count": 300_000,
    "cpu_s": 20.9,
    "peak_memory_bytes": 41_943_040,
    "bar_times": {
        "bounds_ms": [0.001, 0.0025, 0.005],
        "counts": [0, 2, 1, 0],
        "bar_counts": [256, 250_000, 49_500, 244],
        "mean_ms": 0.003,
    },
}


class BarTimes(BaseModel):
    """How long the runs that ended well took for a bar, handlers and engine together.

    bounds_ms  inclusive upper bounds of the classes, milliseconds of CPU time
    counts     runs by their mean time per bar; one more class than bounds, for the slowest
    bar_counts bars by their time, in the same classes: where a strategy is called bar by bar, the
               mean of the few hundred bars around each; where it is computed at once, of the run
    mean_ms    over all bars of these runs; null before the first
    """

    bounds_ms: list[float]
    counts: list[int]
    bar_counts: list[int]
    mean_ms: float | None


class VersionMetrics(BaseModel):
    """What the runs of one version came to.

    verdicts           runs by how they ended
    bar_count          bars that runs which ended well went through
    cpu_s              CPU seconds of all runs
    peak_memory_bytes  of the largest run, the interpreter's own pages included
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_VERSION]})

    version_id: VersionId
    number: int
    run_count: int
    verdicts: dict[str, int]
    bar_count: int
    cpu_s: float
    peak_memory_bytes: int
    bar_times: BarTimes


class PlanMetrics(BaseModel):
    """What runs under one plan came to. ``plan`` is empty for runs that named none."""

    plan: str
    run_count: int
    cpu_s: float
    peak_memory_bytes: int


class StrategyMetrics(BaseModel):
    """What the runs of a strategy came to: its newest versions that have run, and its plans."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "strategy_id": "st_0199f0c2b7a77c3e9d1e5a4b3c2d1e0f",
                    "versions": [_VERSION],
                    "plans": [
                        {
                            "plan": "free",
                            "run_count": 4,
                            "cpu_s": 20.9,
                            "peak_memory_bytes": 41_943_040,
                        }
                    ],
                }
            ]
        }
    )

    strategy_id: StrategyId
    versions: Annotated[list[VersionMetrics], Field(description="Newest first, at most 50.")]
    plans: list[PlanMetrics]
