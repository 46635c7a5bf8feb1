"""Run a version on snapshots, in the sandbox."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from logic_service.contract.executions import Execution, ExecutionCreate, ExecutionLimits
from logic_service.deps import LogicDeps
from logic_service.executions.artifacts import keep
from logic_service.executions.progress import ProgressReporter
from logic_service.executions.snapshots import read_snapshots
from logic_service.metrics.service import MetricsService
from logic_service.sandbox.types import Limits
from logic_service.versions.reading import VersionReading
from naru.engine.config import ConfigError, RunConfig
from shared.errors import InvalidInputError
from shared.logging import get_logger
from shared.tracing import span

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ExecutionRunning:
    """The use case behind ``POST /internal/executions``."""

    deps: LogicDeps

    async def run(self, workspace_id: UUID, request: ExecutionCreate) -> Execution:
        """Run to the end and keep what the run left behind.

        When cancelled, the child is killed before this returns. Raises VersionNotFoundError,
        SnapshotMissingError, InvalidInputError (config), SandboxMissingError.
        """
        started_at = time.perf_counter()
        config = _read_config(request.config)
        version, bars = await asyncio.gather(
            VersionReading(self.deps).source_by_id(workspace_id, request.version_id),
            read_snapshots(self.deps.objects, workspace_id, request.snapshots),
        )
        read_at = time.perf_counter()
        reporter = ProgressReporter(
            self.deps.redis, self.deps.streams, workspace_id, request.kind, request.run_id
        )
        with span("sandbox.run", "internal", run_id=request.run_id):
            async with reporter:
                done = await self.deps.sandbox.run(
                    version.source,
                    bars,
                    config,
                    request.params,
                    _limits(request.limits),
                    reporter,
                    tenant=str(workspace_id),
                    plan=request.plan,
                )
        execution = await keep(self.deps.objects, workspace_id, done)
        async with self.deps.units_of_work(workspace_id) as work:
            await MetricsService(work).count(
                workspace_id,
                request.version_id,
                request.plan,
                execution,
                sum(len(series) for series in bars),
                done.bar_times,
            )
        log.info(
            "execution.ended",
            run_id=request.run_id,
            version_id=str(request.version_id),
            verdict=execution.verdict,
            cpu_s=round(execution.cpu_s, 4),
            peak_memory_bytes=execution.peak_memory_bytes,
        )
        timings = execution.timings | {
            "read_s": read_at - started_at,
            "total_s": time.perf_counter() - started_at,
        }
        return execution.model_copy(update={"timings": timings})


def _read_config(config: dict[str, Any]) -> RunConfig:
    try:
        return RunConfig.from_dict(config)
    except ConfigError as error:
        raise InvalidInputError.at(
            f"/config/{error.field}", "config-invalid", error.message
        ) from error


def _limits(asked: ExecutionLimits) -> Limits:
    return Limits(
        cpu_s=asked.cpu_s,
        wall_s=asked.wall_s,
        memory_bytes=asked.memory_bytes,
        log_bytes=asked.log_bytes,
    )
