"""From a child's transcript to the answer the caller gets; nothing in it is believed unchecked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from logic_service.sandbox.frames import FrameError, Kind
from logic_service.sandbox.scrubbing import storable
from logic_service.sandbox.supervision import Outcome
from logic_service.sandbox.transcript import Transcript, read_problem
from logic_service.sandbox.types import (
    CheckReport,
    Execution,
    Json,
    Problem,
    StrategySummary,
    Verdict,
)
from naru.engine.orderlog import OrderLog
from naru.engine.shortlog import ShortLog
from naru.errors import OrderLogError

_MAX_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Answer:
    """One child's transcript with its end; ``started_at`` is on the performance counter."""

    transcript: Transcript
    outcome: Outcome
    started_at: float


@dataclass(frozen=True, slots=True)
class _Result:
    """What a run that ended well left behind."""

    orders: bytes
    claim: Mapping[str, Json]
    state: Json


_NOTHING = _Result(b"", {}, None)


def refused(problem: Problem) -> Execution:
    """Return the execution of a source that never ran."""
    return Execution(Verdict.REJECTED, problem, b"", {}, (), 0, (), 0, None, 0.0, 0, {})


def report(answer: Answer) -> CheckReport:
    """Read what a compiling child said; anything but a clean end is a problem of the source."""
    transcript, outcome = answer.transcript, answer.outcome
    try:
        found = transcript.json(Kind.PROBLEMS)
        if isinstance(found, list) and found:
            return CheckReport(tuple(read_problem(item) for item in found[:_MAX_PROBLEMS]))
        if outcome.problem is not None:
            return CheckReport((_of_source(transcript, outcome.problem),))
        return _accepted(transcript.json(Kind.STRATEGY))
    except FrameError as error:
        return CheckReport((Problem("channel-forged", f"The check's channel carried {error}."),))


def _of_source(transcript: Transcript, problem: Problem) -> Problem:
    is_compiling = Kind.CODE not in transcript.seen_at
    if is_compiling and problem.code in {"timeout", "out-of-memory"}:
        hint = "Split it into functions."
        return Problem("source-too-complex", "The source is too large to compile.", hint=hint)
    return problem


def _accepted(said: Json) -> CheckReport:
    fields = said if isinstance(said, dict) else {}
    schema = fields.get("params_schema")
    texts = [fields.get(name) for name in ("name", "style", "doc")]
    if not all(isinstance(text, str) for text in texts) or not isinstance(schema, dict):
        raise FrameError("no description of the strategy")
    name, style, doc = (storable(str(text)[:4_000]) for text in texts)
    return CheckReport((), StrategySummary(name[:200], style[:20], doc), schema)


def execution(answer: Answer, timings: dict[str, float]) -> Execution:
    transcript, outcome = answer.transcript, answer.outcome
    verdict, problem = outcome.verdict, outcome.problem
    result = _NOTHING
    if verdict is Verdict.OK:
        try:
            result = _result(transcript)
        except (FrameError, OrderLogError) as error:
            verdict = Verdict.CRASHED
            problem = Problem("channel-forged", f"The run's result is not valid: {error}")
    ended_at = time.perf_counter()
    user_at = transcript.seen_at.get(Kind.STARTED, ended_at)
    done_at = transcript.seen_at.get(Kind.DONE, ended_at)
    return Execution(
        verdict=verdict,
        problem=problem,
        orders=result.orders,
        claim=result.claim,
        logs=tuple(transcript.logs),
        logs_dropped_count=transcript.logs_dropped_count,
        plots=tuple(transcript.plots),
        plots_dropped_count=transcript.plots_dropped_count,
        state=result.state,
        cpu_s=outcome.report.cpu_s,
        peak_memory_bytes=outcome.report.peak_bytes,
        timings={
            **timings,
            "start_s": user_at - answer.started_at,
            "run_s": done_at - user_at,
            "end_s": ended_at - done_at,
        },
        bar_times=tuple(transcript.pace.times.counts) if verdict is Verdict.OK else (),
    )


def _result(transcript: Transcript) -> _Result:
    orders, short = (transcript.payloads.get(kind) for kind in (Kind.ORDERS, Kind.SHORT_ORDERS))
    claim = transcript.json(Kind.CLAIM)
    if not isinstance(claim, dict) or Kind.STATE not in transcript.payloads:
        raise FrameError("no complete result")
    if short is not None and orders is None:
        orders = ShortLog.from_bytes(short).orders().to_bytes()
    elif orders is None or short is not None:
        raise FrameError("not one log of orders")
    OrderLog.from_bytes(orders)
    return _Result(orders, claim, transcript.json(Kind.STATE))
