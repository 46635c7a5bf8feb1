"""What a stranger's process left behind is stored as it is, or called a crash."""

from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logic_service.contract.artifacts import (
    decode_logs,
    decode_plots,
    encode_logs,
    encode_plots,
)
from logic_service.contract.executions import artifact_key
from logic_service.executions.artifacts import keep
from logic_service.sandbox.types import Execution, LogLine, PlotPoint, Problem, Verdict
from shared.object_store.files import FileObjectStore

WORKSPACE = UUID(int=7)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
_TIMES = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(st.tuples(st.none() | _TIMES, _TEXTS)))
def test_logs_come_back(lines: list[tuple[int | None, str]]) -> None:
    assert list(decode_logs(encode_logs(lines))) == lines


@given(st.lists(st.tuples(_TEXTS, _TIMES, st.floats(allow_nan=False, allow_infinity=False))))
def test_plots_come_back(points: list[tuple[str, int, float]]) -> None:
    assert list(decode_plots(encode_plots(points))) == points


def execution(**more: Any) -> Execution:
    """Return what the sandbox hands over."""
    fields: dict[str, Any] = {
        "verdict": Verdict.OK,
        "problem": None,
        "orders": b"orders",
        "claim": {"cash": 1.5},
        "logs": (),
        "logs_dropped_count": 0,
        "plots": (),
        "plots_dropped_count": 0,
        "state": None,
        "cpu_s": 0.1,
        "peak_memory_bytes": 1,
        "timings": {},
    }
    return Execution(**fields | more)


async def test_an_honest_run(tmp_path: Path) -> None:
    objects = FileObjectStore(tmp_path)

    kept = await keep(objects, WORKSPACE, execution(state={"n": [1, None]}))

    assert (kept.verdict, kept.claim) == ("ok", {"cash": 1.5})
    assert kept.orders_sha256 is not None
    assert await objects.get(artifact_key(WORKSPACE, kept.orders_sha256)) == b"orders"
    assert kept.state_sha256 is not None
    assert orjson.loads(await objects.get(artifact_key(WORKSPACE, kept.state_sha256))) == {
        "n": [1, None]
    }


@pytest.mark.parametrize(
    "forged",
    [
        {"claim": {"cash": 10**400}},
        {"claim": {"cash": "\ud800"}},
        {"state": {"deep": 10**30}},
        {"state": "\udfff"},
    ],
)
async def test_a_forged_result_is_a_crash(tmp_path: Path, forged: dict[str, Any]) -> None:
    kept = await keep(FileObjectStore(tmp_path), WORKSPACE, execution(**forged))

    assert (kept.verdict, kept.orders_sha256, kept.claim) == ("crashed", None, None)
    assert kept.problem is not None
    assert kept.problem.code == "channel-forged"


async def test_surrogates_in_texts_are_replaced(tmp_path: Path) -> None:
    objects = FileObjectStore(tmp_path)
    done = execution(
        verdict=Verdict.CRASHED,
        problem=Problem("x", "a\ud800b", hint="\ud800"),
        logs=(LogLine(None, "\ud800"),),
        plots=(PlotPoint("\ud800", 1, 2.0),),
    )

    kept = await keep(objects, WORKSPACE, done)

    assert kept.problem is not None
    assert (kept.problem.message, kept.problem.hint) == ("a?b", "?")
    assert kept.logs_sha256 is not None
    lines = decode_logs(await objects.get(artifact_key(WORKSPACE, kept.logs_sha256)))
    assert list(lines) == [(None, "?")]
