"""Versions and snapshots to run, made through the front door and in the object store."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from data_service.contract.bars import snapshot_key
from logic_service.contract.executions import ExecutionCreate, ExecutionLimits, SnapshotRef
from logic_service.deps import LogicDeps
from naru.bars import Bars
from shared.bar_files import write_bars
from shared.ids import new_id, parse_public_id
from tests.logic_service.caller import HOLD, Caller

SLOW = HOLD.replace(
    "        if not", "        for _ in range(200_000):\n            pass\n        if not"
)
"""Takes some milliseconds for every bar."""

DAY_NS = 86_400 * 10**9

Prepare = Callable[..., Awaitable[ExecutionCreate]]


def wave(count: int = 300) -> Bars:
    """Return daily bars whose prices swing."""
    place = np.arange(count)
    close = 100 + 10 * np.sin(place / 15)
    columns = [close - 0.5, close + 1, close - 1, close, np.full(count, 1000.0)]
    return Bars("WAVE", "1d", (18_000 + place) * DAY_NS, *columns)


@pytest.fixture
def prepare(caller: Caller, deps: LogicDeps) -> Prepare:
    """Return a coroutine ``(source, count=, limits=, **params) -> request``."""

    async def make(
        source: str,
        *,
        count: int = 300,
        limits: ExecutionLimits | None = None,
        config: dict[str, Any] | None = None,
        **params: Any,
    ) -> ExecutionCreate:
        version = await caller.upload((await caller.create())["id"], source)
        bars = wave(count)
        await deps.objects.put(snapshot_key(caller.workspace_id, bars.sha256()), write_bars(bars))
        return ExecutionCreate(
            run_id=f"bt_{new_id().hex}",
            version_id=_version_id(version),
            snapshots=[SnapshotRef(sha256=bars.sha256(), symbol="WAVE")],
            config=config or {"cash": "10000"},
            params=params,
            limits=limits or ExecutionLimits(),
        )

    return make


def _version_id(version: dict[str, Any]) -> UUID:
    found = parse_public_id("ver", version["id"])
    assert found is not None
    return found
