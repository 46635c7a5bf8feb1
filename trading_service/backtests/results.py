"""The two ways in which a run can end."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Success:
    """A run with results.

    metrics    as ``naru.metrics.compute`` names them
    receipt    what it takes to replay the run
    snapshots  the bars it saw
    artifacts  kind -> SHA-256 of an object
    timings    seconds by phase
    cpu_ms     processor time of the strategy's process, which its owner's allowance pays
    """

    metrics: dict[str, Any]
    receipt: dict[str, Any]
    snapshots: list[dict[str, Any]]
    artifacts: dict[str, str]
    timings: dict[str, float]
    cpu_ms: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """A run without results.

    verdict   the sandbox's word for it, or ``rejected`` when the run could not even begin
    problem   members of ``contract.backtests.RunProblem``
    cpu_ms    as above; 0 when the failure is ours
    """

    verdict: str
    problem: dict[str, Any]
    timings: dict[str, float] = field(default_factory=dict)
    artifacts: dict[str, str] = field(default_factory=dict)
    cpu_ms: int = 0

    @classmethod
    def because(
        cls, verdict: str, code: str, message: str, hint: str | None = None, *, cpu_ms: int = 0
    ) -> "Failure":
        """Return a failure that points at no line."""
        problem = {"code": code, "message": message, "hint": hint, "line": None, "column": None}
        return cls(verdict, problem, cpu_ms=cpu_ms)
