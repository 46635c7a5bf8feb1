"""Keep what a run left behind as objects named by their content."""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from logic_service.contract.artifacts import encode_logs, encode_plots
from logic_service.contract.executions import Execution, ExecutionProblem, artifact_key
from logic_service.sandbox.types import Execution as SandboxExecution
from logic_service.sandbox.types import Problem, Verdict
from shared.object_store.port import ObjectStore


@dataclass(frozen=True, slots=True)
class _Encoded:
    """What a run left behind, as bytes to store; None for what there is nothing of."""

    verdict: Verdict
    problem: Problem | None
    claim: dict[str, Any] | None
    orders: bytes | None
    state: bytes | None
    logs: bytes | None
    plots: bytes | None


async def keep(objects: ObjectStore, workspace_id: UUID, done: SandboxExecution) -> Execution:
    """Store orders, logs, plots and state; return the execution with their hashes.

    Everything that came from the child is data of a stranger: what cannot be written as JSON
    turns the run into a crashed one.
    """
    # In a thread: two hundred thousand plotted points would hold up everybody else.
    encoded = await asyncio.to_thread(_encode, done)
    orders_sha256, logs_sha256, plots_sha256, state_sha256 = await asyncio.gather(
        *(
            _put(objects, workspace_id, data)
            for data in (encoded.orders, encoded.logs, encoded.plots, encoded.state)
        )
    )
    return Execution(
        verdict=encoded.verdict.value,
        problem=_present(encoded.problem),
        orders_sha256=orders_sha256,
        claim=encoded.claim,
        logs_sha256=logs_sha256,
        logs_dropped_count=done.logs_dropped_count,
        plots_sha256=plots_sha256,
        plots_dropped_count=done.plots_dropped_count,
        state_sha256=state_sha256,
        cpu_s=done.cpu_s,
        peak_memory_bytes=done.peak_memory_bytes,
        timings=dict(done.timings),
    )


def _encode(done: SandboxExecution) -> _Encoded:
    logs = encode_logs((line.ts_ns, _text(line.text)) for line in done.logs) or None
    plots = encode_plots((_text(at.name), at.ts_ns, at.value) for at in done.plots) or None
    if done.verdict is not Verdict.OK:
        return _Encoded(done.verdict, done.problem, None, None, None, logs, plots)
    try:
        claim = _strict_json(dict(done.claim))
        state = orjson.dumps(done.state) if done.state else None
    except orjson.JSONEncodeError:
        problem = Problem("channel-forged", "The run's result is not valid.")
        return _Encoded(Verdict.CRASHED, problem, None, None, None, logs, plots)
    return _Encoded(done.verdict, done.problem, claim, done.orders, state, logs, plots)


async def _put(objects: ObjectStore, workspace_id: UUID, data: bytes | None) -> str | None:
    if data is None:
        return None
    digest = sha256(data).hexdigest()
    await objects.put(artifact_key(workspace_id, digest), data)
    return digest


def _strict_json(claim: dict[str, Any]) -> dict[str, Any]:
    """Return the claim with infinities as null. Raises JSONEncodeError for what is no JSON."""
    strict: dict[str, Any] = orjson.loads(orjson.dumps(claim))
    return strict


def _text(text: str) -> str:
    """Return the text without lone surrogates, which JSON's UTF-8 cannot carry."""
    return text.encode("utf-8", "replace").decode()


def _present(problem: Problem | None) -> ExecutionProblem | None:
    if problem is None:
        return None
    return ExecutionProblem(
        code=_text(problem.code),
        message=_text(problem.message),
        line=problem.line,
        column=problem.column,
        hint=_text(problem.hint) if problem.hint else None,
    )
