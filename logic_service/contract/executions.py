"""Executions: one run of one version in the sandbox, for the trading service."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.ids import VersionId
from shared.object_store.tenants import tenant_key

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Verdict = Literal["ok", "rejected", "crashed", "timeout", "out_of_memory", "output_limit", "killed"]


RUN_WAIT_S = 60.0
"""Longest that a run waits for its turn; then the answer is ``sandbox-busy``."""


class SnapshotRef(BaseModel):
    """Bars to run on: see ``data_service.contract.bars.snapshot_key``."""

    model_config = ConfigDict(extra="forbid")

    sha256: Sha256
    symbol: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class ExecutionLimits(BaseModel):
    """What the child process may use.

    cpu_s, wall_s   seconds
    memory_bytes    beyond the interpreter and the bars
    log_bytes       log text that is kept; the rest is counted and dropped
    """

    model_config = ConfigDict(extra="forbid")

    cpu_s: Annotated[float, Field(gt=0, le=86_400)] = 20.0
    wall_s: Annotated[float, Field(gt=0, le=86_400)] = 20.0
    memory_bytes: Annotated[int, Field(ge=1 << 20, le=1 << 40)] = 1 << 30
    log_bytes: Annotated[int, Field(ge=0, le=8 << 20)] = 64 << 10


class ExecutionCreate(BaseModel):
    """A run to execute now.

    kind     what the run belongs to, as progress messages on the ``jobs`` channel call it
    run_id   names the run in progress messages: the public id of a backtest, for instance
    config   ``naru.engine.config.RunConfig.to_dict()``
    params   values of the strategy's parameters; those left out have their defaults
    plan     the workspace's plan, which the run is counted under
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal["backtest"] = "backtest"
    run_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    version_id: VersionId
    snapshots: Annotated[list[SnapshotRef], Field(min_length=1, max_length=64)]
    config: dict[str, Any]
    params: dict[str, Any] = Field(default_factory=dict)
    plan: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{0,32}$")] = ""
    limits: ExecutionLimits = ExecutionLimits()


class ExecutionProblem(BaseModel):
    """Why a run did not end well, in its author's lines (1-based) where they are known."""

    code: str
    message: str
    line: int | None
    column: int | None
    hint: str | None


class Execution(BaseModel):
    """What a run left behind. ``artifact_key`` says where the objects lie.

    orders_sha256      order log, ``naru.engine.orderlog.OrderLog`` bytes; null unless ``ok``
    claim              what the child says came of it: only ever compared with the replay
    logs_sha256        ``contract.artifacts.decode_logs`` reads it; null without logs
    plots_sha256       ``contract.artifacts.decode_plots`` reads it; null without plots
    state_sha256       the strategy's saved state as JSON; null without any
    cpu_s              CPU seconds of the child
    peak_memory_bytes  its largest resident size
    timings            seconds by phase
    """

    verdict: Verdict
    problem: ExecutionProblem | None
    orders_sha256: Sha256 | None
    claim: dict[str, Any] | None
    logs_sha256: Sha256 | None
    logs_dropped_count: int
    plots_sha256: Sha256 | None
    plots_dropped_count: int
    state_sha256: Sha256 | None
    cpu_s: float
    peak_memory_bytes: int
    timings: dict[str, float]


ARTIFACTS = "executions"


def artifact_key(workspace_id: UUID, sha256: str) -> str:
    """Return the object store key of something a workspace's run left behind."""
    return tenant_key(ARTIFACTS, workspace_id, sha256)
