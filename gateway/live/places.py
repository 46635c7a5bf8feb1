"""How many connections a workspace has open, counted over all gateways.

Every connection holds a place in Redis that ends by itself unless it is renewed, so that a gateway
that was killed gives its places back. While Redis is away each gateway counts alone.
"""

import asyncio
import time
from uuid import UUID

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from shared.logging import get_logger

log = get_logger(__name__)

_HELD_S = 60
_DEADLINE_S = 0.25
_AWAY = (RedisError, OSError, TimeoutError)

_TAKE = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


class Places:
    """The places that this process's connections hold."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis
        self._held: dict[UUID, set[UUID]] = {}
        self._to_give_back: list[tuple[UUID, UUID]] = []
        self._renewed_at = time.monotonic()

    async def take(self, workspace_id: UUID, connection_id: UUID, most: int) -> bool:
        """Take a place; false when the workspace has ``most`` connections already."""
        held = self._held.get(workspace_id, set())
        has_place = len(held) < most
        try:
            async with asyncio.timeout(_DEADLINE_S):
                answer = await self._redis.execute_command(  # type: ignore[no-untyped-call]
                    "EVAL", _TAKE, 1, _key(workspace_id), connection_id.hex, most, _HELD_S
                )
            has_place = bool(answer)
        except _AWAY as error:
            log.warning("places.redis_away", reason=repr(error))
        if has_place:
            self._held.setdefault(workspace_id, set()).add(connection_id)
        return has_place

    def release(self, workspace_id: UUID, connection_id: UUID) -> None:
        """Let go of a place; Redis is told soon."""
        held = self._held.get(workspace_id, set())
        if connection_id in held:
            held.discard(connection_id)
            self._to_give_back.append((workspace_id, connection_id))
        if not held:
            self._held.pop(workspace_id, None)

    async def give_back(self) -> None:
        """Tell Redis what was released; what it does not hear ends by itself."""
        given, self._to_give_back = self._to_give_back, []
        if not given:
            return
        pipeline = self._redis.pipeline(transaction=False)
        for workspace_id, connection_id in given:
            pipeline.zrem(_key(workspace_id), connection_id.hex)
        try:
            await pipeline.execute()
        except _AWAY as error:
            log.warning("places.redis_away", reason=repr(error))

    async def renew(self, interval_s: float) -> None:
        """Hold all places for longer, if that was not done in the last ``interval_s``."""
        if time.monotonic() - self._renewed_at < interval_s or not self._held:
            return
        self._renewed_at = time.monotonic()
        until = int(time.time()) + _HELD_S
        pipeline = self._redis.pipeline(transaction=False)
        for workspace_id, held in self._held.items():
            pipeline.zadd(_key(workspace_id), {place.hex: until for place in held})
            pipeline.expire(_key(workspace_id), _HELD_S)
        try:
            await pipeline.execute()
        except _AWAY as error:
            log.warning("places.redis_away", reason=repr(error))


def _key(workspace_id: UUID) -> str:
    return f"live-places:{workspace_id.hex}"
