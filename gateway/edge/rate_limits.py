"""How many requests a caller may still make: exact over all gateways, one trip to Redis.

The allowance is a burst (GCRA) within a sliding minute; see ``rate_limits.lua``. When Redis does
not answer within ``DEADLINE_S``, each gateway counts alone until it does.
"""

import asyncio
import hashlib
import math
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeVar

from arq.connections import ArqRedis
from redis.exceptions import NoScriptError, RedisError
from throttled.asyncio import MemoryStore, Throttled, per_min

from shared.errors import RateLimitedError, UnavailableError
from shared.logging import get_logger

log = get_logger(__name__)

DEADLINE_S = 0.08
_RETRY_AFTER_S = 1.0
_LOCAL_SUBJECTS = 10_000
_MOST_AT_ONCE = 200
_SLICES = 8
_LONGEST_WAIT_S = 1.0
Values = Sequence[bytes | None]
Answer = TypeVar("Answer")

_SCRIPT = (files("gateway.edge") / "rate_limits.lua").read_text()
_SCRIPT_SHA = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()


_Answer = tuple[list[int] | None, Values | None]
_UNKNOWN: _Answer = (None, None)


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

    def check(self) -> None:
        """Raise RateLimitedError where the request was refused."""
        if self.allowed:
            return
        wait, policy = max(1, math.ceil(self.wait_ms / 1000)), self.policy
        raise RateLimitedError(
            f"try again in {wait} s: {policy.per_minute} requests a minute are allowed here, "
            f"{policy.burst} of them at once; some count as several",
            headers={"Retry-After": str(wait)},
            retry_after=wait,
        )


@dataclass(frozen=True, slots=True)
class _Question:
    """Arguments for the script, keys to read on the way, and the future of both answers."""

    arguments: tuple[Any, ...]
    keys: Sequence[str]
    answer: asyncio.Future[_Answer]

    def commands(self) -> list[tuple[Any, ...]]:
        """Return what to send to Redis."""
        counting = ("EVALSHA", _SCRIPT_SHA, *self.arguments)
        return [counting, ("MGET", *self.keys)] if self.keys else [counting]


class RateLimiter:
    """Counts requests of subjects: ``key:<id>``, ``user:<id>``, ``address:<ip>``.

    Requests that come while Redis is being asked share the next trip: one connection serves any
    number of them, and a crowd cannot make Redis look slow.
    """

    def __init__(self, redis: ArqRedis) -> None:
        """Take a client of its own, so that its one connection stays open between trips."""
        self._redis = redis
        self._redis_away_until = 0.0
        self._local = MemoryStore(options={"MAX_SIZE": _LOCAL_SUBJECTS})
        self._waiting: list[_Question] = []
        self._asking: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Connect and hand the script over: more trips than a request's deadline has room for."""
        try:
            await self._redis.script_load(_SCRIPT)
        except (RedisError, OSError) as error:
            log.warning("rate_limit.redis_away", reason=repr(error))

    async def take(
        self, subject: str, policy: RatePolicy, cost: int, *, strict: bool = False
    ) -> Allowance:
        """Count a request of ``cost``; the answer says whether it may go on.

        Raises UnavailableError when Redis is away and ``strict`` is set.
        """
        return (await self.take_and_read(subject, policy, cost, (), strict=strict))[0]

    async def take_and_read(
        self,
        subject: str,
        policy: RatePolicy,
        cost: int,
        keys: Sequence[str],
        *,
        strict: bool = False,
    ) -> tuple[Allowance, Values | None]:
        """Count a request as :meth:`take` does, and read keys in the same trip to Redis.

        Their values are None when nobody has asked Redis for them.
        """
        cost = min(cost, policy.burst)
        loop = asyncio.get_running_loop()
        if loop.time() >= self._redis_away_until:
            arguments = (1, f"rate:{subject}", policy.per_minute, policy.burst, cost)
            question = _Question(arguments, keys, loop.create_future())
            self._waiting.append(question)
            if self._asking is None:
                self._asking = loop.create_task(self._ask())
            state, values = await question.answer
            if state is not None:
                return Allowance(policy, bool(state[0]), *state[1:]), values
        if strict:
            raise UnavailableError(
                "attempts cannot be counted just now", headers={"Retry-After": "1"}
            )
        return await self._take_locally(subject, policy, cost), None

    async def _ask(self) -> None:
        """Ask Redis for everybody who waits, until nobody does."""
        while self._waiting:
            questions, self._waiting = self._waiting[:_MOST_AT_ONCE], self._waiting[_MOST_AT_ONCE:]
            try:
                answers = await in_time(self._run(questions))
            except (RedisError, OSError, TimeoutError) as error:
                self._redis_away_until = asyncio.get_running_loop().time() + _RETRY_AFTER_S
                questions, self._waiting = [*questions, *self._waiting], []
                answers = [_UNKNOWN] * len(questions)
                log.warning("rate_limit.redis_away", reason=repr(error))
            for question, answer in zip(questions, answers, strict=True):
                if not question.answer.done():  # done: the client has gone meanwhile
                    question.answer.set_result(answer)
        self._asking = None

    async def _run(self, questions: Sequence[_Question]) -> list[_Answer]:
        try:
            return await self._run_by_name(questions)
        except NoScriptError:
            await self._redis.script_load(_SCRIPT)
            return await self._run_by_name(questions)

    async def _run_by_name(self, questions: Sequence[_Question]) -> list[_Answer]:
        pipeline = self._redis.pipeline(transaction=False)
        for question in questions:
            for command in question.commands():
                pipeline.execute_command(*command)
        answers = iter(await pipeline.execute())
        return [(next(answers), next(answers) if question.keys else None) for question in questions]

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


async def in_time(asking: Coroutine[Any, Any, Answer], deadline_s: float = DEADLINE_S) -> Answer:
    """Wait for Redis until the deadline. Raises TimeoutError.

    In slices, of which only those count that end on time: where this process is short of CPU,
    the answer may have been there for long when a timer goes off.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(asking)
    slice_s, left, until = deadline_s / _SLICES, _SLICES, loop.time() + _LONGEST_WAIT_S
    while left and loop.time() < until:
        began_at = loop.time()
        done, _ = await asyncio.wait({task}, timeout=slice_s)
        if done:
            return task.result()
        left -= loop.time() - began_at < 2 * slice_s
    task.add_done_callback(lambda late: late.cancelled() or late.exception())
    task.cancel()
    raise TimeoutError
