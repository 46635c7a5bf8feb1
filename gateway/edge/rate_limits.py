"""How many requests a caller may still make: exact over all gateways, one trip to Redis.

The allowance is a burst (GCRA) within a sliding minute; see ``rate_limits.lua``. When Redis does
not answer within ``DEADLINE_S``, each gateway counts alone until it does.
"""

import asyncio
import hashlib
import math
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from arq.connections import ArqRedis
from redis.exceptions import NoScriptError, RedisError
from throttled.asyncio import MemoryStore, Throttled, per_min

from shared.errors import UnavailableError
from shared.logging import get_logger

log = get_logger(__name__)

DEADLINE_S = 0.08
_RETRY_AFTER_S = 1.0
_LOCAL_SUBJECTS = 10_000
_SCRIPT = (files("gateway.edge") / "rate_limits.lua").read_text()
_SCRIPT_SHA = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class RatePolicy:
    """How many requests a plan allows in any 60 seconds, and how many of them at once."""

    per_minute: int
    burst: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a caller after a request was counted, or refused.

    Times are milliseconds: until the burst, or the minute, is whole again; until a retry.
    """

    policy: RatePolicy
    allowed: bool
    burst_left: int
    burst_whole_ms: int
    minute_left: int
    minute_whole_ms: int
    wait_ms: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the header fields of draft-ietf-httpapi-ratelimit-headers."""
        policy, window = self.policy, math.ceil(60 * self.policy.burst / self.policy.per_minute)
        state = (
            f'"burst";r={self.burst_left};t={math.ceil(self.burst_whole_ms / 1000)}, '
            f'"minute";r={self.minute_left};t={math.ceil(self.minute_whole_ms / 1000)}'
        )
        rules = f'"burst";q={policy.burst};w={window}, "minute";q={policy.per_minute};w=60'
        return [(b"ratelimit", state.encode()), (b"ratelimit-policy", rules.encode())]

    @property
    def retry_after_s(self) -> int:
        """Whole seconds to wait, at least one."""
        return max(1, math.ceil(self.wait_ms / 1000))


class RateLimiter:
    """Counts requests of subjects: ``key:<id>``, ``user:<id>``, ``address:<ip>``."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis
        self._redis_away_until = 0.0
        self._local = MemoryStore(options={"MAX_SIZE": _LOCAL_SUBJECTS})

    async def take(
        self, subject: str, policy: RatePolicy, cost: int, *, strict: bool = False
    ) -> Allowance:
        """Count a request of ``cost``; the answer says whether it may go on.

        Raises UnavailableError when Redis is away and ``strict`` is set.
        """
        cost = min(cost, policy.burst)
        loop = asyncio.get_running_loop()
        if loop.time() >= self._redis_away_until:
            # Set first: while one request waits for a dead Redis, the others do not.
            self._redis_away_until = loop.time() + _RETRY_AFTER_S if self._redis_away_until else 0.0
            try:
                async with asyncio.timeout(DEADLINE_S):
                    answer = await self._run(subject, policy, cost)
            except (RedisError, OSError, TimeoutError) as error:
                self._redis_away_until = loop.time() + _RETRY_AFTER_S
                log.warning("rate_limit.redis_away", reason=repr(error))
            else:
                self._redis_away_until = 0.0
                return Allowance(policy, bool(answer[0]), *answer[1:])
        if strict:
            raise UnavailableError(
                "attempts cannot be counted just now", headers={"Retry-After": "1"}
            )
        return await self._take_locally(subject, policy, cost)

    async def _run(self, subject: str, policy: RatePolicy, cost: int) -> list[int]:
        arguments: tuple[Any, ...] = (
            1,
            f"rate:{subject}",
            policy.per_minute,
            policy.burst,
            cost,
        )
        try:
            answer: list[int] = await self._redis.execute_command(  # type: ignore[no-untyped-call]
                "EVALSHA", _SCRIPT_SHA, *arguments
            )
        except NoScriptError:
            answer = await self._redis.execute_command(  # type: ignore[no-untyped-call]
                "EVAL", _SCRIPT, *arguments
            )
        return answer

    async def _take_locally(self, subject: str, policy: RatePolicy, cost: int) -> Allowance:
        limiter = Throttled(
            using="gcra", quota=per_min(policy.per_minute, policy.burst), store=self._local
        )
        result = await limiter.limit(subject, cost)
        state = result.state
        return Allowance(
            policy,
            allowed=not result.limited,
            burst_left=state.remaining,
            burst_whole_ms=math.ceil(state.reset_after * 1000),
            minute_left=state.remaining,
            minute_whole_ms=math.ceil(state.reset_after * 1000),
            wait_ms=math.ceil(state.retry_after * 1000),
        )
