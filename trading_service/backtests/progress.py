"""How far the runs are: a hint in Redis, written by the sandbox host, allowed to be lost."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from shared.ids import public_id
from shared.streams import LiveStreams
from trading_service.contract.backtests import ACTIVE
from trading_service.models import BacktestRow

_PATIENCE_S = 0.1
"""A hint is not worth waiting for."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Reads fractions done, and tells watchers of a change of state."""

    redis: ArqRedis
    streams: LiveStreams

    async def of(self, rows: Sequence[BacktestRow]) -> dict[UUID, float]:
        """Return the fraction done of each row, from 0 to 1."""
        done = {row.id: float(row.status not in ACTIVE) for row in rows}
        running = [row.id for row in rows if row.status == "running"]
        if not running:
            return done
        try:
            keys = [f"progress:{public_id('bt', backtest_id)}" for backtest_id in running]
            async with asyncio.timeout(_PATIENCE_S):
                values = await self.redis.mget(keys)
        except (RedisError, OSError, TimeoutError):
            return done
        return done | {
            backtest_id: min(1.0, float(value or 0))
            for backtest_id, value in zip(running, values, strict=True)
        }

    async def tell(self, row: BacktestRow) -> None:
        """Publish the row's state on its owner's ``jobs`` channel."""
        await self.streams.publish(
            row.workspace_id,
            "jobs",
            {
                "kind": "backtest",
                "id": public_id("bt", row.id),
                "status": row.status,
                "progress": float(row.status not in ACTIVE),
            },
        )
