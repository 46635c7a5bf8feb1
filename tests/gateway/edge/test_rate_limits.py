"""The allowance is what the plan says, over all gateways, and an outage of Redis is survived."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from arq.connections import ArqRedis
from pydantic import SecretStr
from redis.asyncio import Redis

from gateway.edge.rate_limits import DEADLINE_S, RateLimiter, RatePolicy
from infra.embedded.valkey import Valkey
from shared.errors import UnavailableError
from shared.redis import connect_redis
from shared.settings import PlatformSettings
from tests.gateway.caller import Caller

FREE = RatePolicy(per_minute=60, burst=20)
FAST = RatePolicy(per_minute=6000, burst=50)

MakeLimiter = Callable[[Valkey], RateLimiter]


@pytest.fixture
async def make_limiter() -> AsyncIterator[MakeLimiter]:
    """Return a function that makes the limiter of one more gateway."""
    opened = []

    def make(server: Valkey) -> RateLimiter:
        settings = PlatformSettings(
            database_url=SecretStr("postgresql://nowhere"),
            redis_url=SecretStr(server.url()),
            master_key=SecretStr("5a" * 32),
            state_dir=Path("nowhere"),
        )
        opened.append(connect_redis(settings))
        return RateLimiter(opened[-1])

    yield make
    for redis in opened:
        await redis.aclose()


@pytest.fixture
def limiter(make_limiter: MakeLimiter, valkey_server: Valkey) -> RateLimiter:
    """Return a limiter on the session's Valkey."""
    return make_limiter(valkey_server)


async def test_a_burst_is_allowed_and_then_the_rate(limiter: RateLimiter) -> None:
    taken = [await limiter.take("user:a", FREE, 1)]
    while taken[-1].allowed:  # a second gives one back: a slow machine is served some more
        taken.append(await limiter.take("user:a", FREE, 1))

    *allowed, refused = taken
    assert 20 <= len(allowed) <= 60
    assert allowed[0].burst_left == 19
    assert 0 < refused.wait_ms <= 1000 or refused.minute_left == 0
    assert refused.minute_left == 60 - len(allowed)


async def test_callers_do_not_share_an_allowance(limiter: RateLimiter) -> None:
    for _ in range(20):
        await limiter.take("user:a", FREE, 1)

    assert (await limiter.take("user:b", FREE, 1)).allowed


async def test_a_cost_is_taken_at_once_and_a_refusal_costs_nothing(limiter: RateLimiter) -> None:
    assert (await limiter.take("user:a", FREE, 15)).burst_left == 5
    assert not (await limiter.take("user:a", FREE, 20)).allowed

    assert (await limiter.take("user:a", FREE, 5)).allowed


async def test_no_minute_holds_more_than_the_plan_says(limiter: RateLimiter) -> None:
    generous = RatePolicy(per_minute=60, burst=60)  # GCRA alone would allow 120 in a minute

    allowed = [(await limiter.take("user:a", generous, 1)).allowed for _ in range(70)]
    await asyncio.sleep(1.1)  # the burst grows again by one, the minute does not
    later = [(await limiter.take("user:a", generous, 1)).allowed for _ in range(5)]

    assert sum(allowed) + sum(later) <= 60 * 1.02 + 1
    assert sum(allowed) >= 60


async def test_two_gateways_count_together(
    make_limiter: MakeLimiter, valkey_server: Valkey
) -> None:
    gateways = [make_limiter(valkey_server), make_limiter(valkey_server)]
    started = time.monotonic()

    async def hammer(limiter: RateLimiter) -> int:
        taken = await asyncio.gather(*(limiter.take("key:x", FAST, 1) for _ in range(200)))
        return sum(one.allowed for one in taken)

    allowed = sum(await asyncio.gather(*map(hammer, gateways)))
    elapsed = time.monotonic() - started

    assert 50 <= allowed <= (50 + 100 * elapsed) * 1.02 + 1


@pytest.mark.parametrize(
    "policy",
    [
        RatePolicy(per_minute=600, burst=600),  # the minute binds
        RatePolicy(per_minute=6000, burst=50),  # the burst binds, and its rate
    ],
)
async def test_two_processes_together_allow_what_the_plan_says(
    policy: RatePolicy, redis_url: str
) -> None:
    arguments = [redis_url, "key:x", policy.per_minute, policy.burst, 2.0]
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.gateway.edge.limiter_process",
            *map(str, arguments),
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(2)
    ]
    outputs = [(await process.communicate())[0].split() for process in processes]

    began, ended = min(float(one[0]) for one in outputs), max(float(one[1]) for one in outputs)
    allowed = sum(int(one[2]) for one in outputs)
    bound = min(policy.per_minute, policy.burst + policy.per_minute / 60 * (ended - began))
    assert 0.8 * bound <= allowed <= bound * 1.02 + 1


@pytest.fixture
def stopped_valkey(own_valkey: tuple[Valkey, int]) -> Valkey:
    """Return a Valkey that hangs: it takes connections and never answers."""
    server, pid = own_valkey
    os.kill(pid, signal.SIGSTOP)
    return server


async def test_a_hung_redis_costs_a_moment_once_and_gateways_count_alone(
    make_limiter: MakeLimiter, stopped_valkey: Valkey
) -> None:
    limiter = make_limiter(stopped_valkey)
    first = await limiter.take("user:a", FREE, 1)
    started = time.monotonic()

    others = [await limiter.take("user:a", FREE, 1) for _ in range(100)]

    assert first.allowed
    assert time.monotonic() - started < 100 * DEADLINE_S  # what asking Redis each time would take
    assert 19 <= sum(one.allowed for one in others) < 30  # a second gives one back


async def test_a_prepared_limiter_needs_one_command_for_a_request(
    make_limiter: MakeLimiter, own_valkey: tuple[Valkey, int]
) -> None:
    server, _ = own_valkey
    limiter = make_limiter(server)
    await limiter.prepare()
    async with Redis.from_url(server.url()) as redis:
        await redis.config_resetstat()
        await limiter.take("user:a", FREE, 1)
        commands = await redis.info("commandstats")

    assert set(commands) >= {"cmdstat_evalsha"}
    assert not set(commands) & {"cmdstat_script|load", "cmdstat_hello", "cmdstat_client|setinfo"}


async def test_a_limiter_is_prepared_without_redis(tmp_path: Path) -> None:
    async with ArqRedis(unix_socket_path=str(tmp_path / "nobody.sock")) as redis:
        limiter = RateLimiter(redis)

        await limiter.prepare()

        assert (await limiter.take("user:a", FREE, 1)).allowed


async def test_what_must_be_counted_is_refused_while_redis_is_away(
    make_limiter: MakeLimiter, stopped_valkey: Valkey
) -> None:
    limiter = make_limiter(stopped_valkey)

    with pytest.raises(UnavailableError):
        await limiter.take("address:x", FREE, 1, strict=True)


async def test_headers_say_what_is_enforced(newcomer: Caller) -> None:
    first = await newcomer.call("GET", "/things", params={"limit": 1})
    answers = [first]
    # A second gives one back, so a slow machine is served a few more than the burst.
    while answers[-1].status_code == 200 and len(answers) < 200:
        answers.append(await newcomer.call("GET", "/things", params={"limit": 1}))

    assert first.headers["ratelimit-policy"] == '"burst";q=20;w=20, "minute";q=60;w=60'
    assert first.headers["ratelimit"].startswith('"burst";r=19;t=')
    refused = answers[-1]
    assert len(answers) > 20
    assert (refused.status_code, refused.json()["code"]) == (429, "rate-limited")
    assert "60 requests a minute are allowed here, 20 of them at once" in refused.json()["detail"]
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["ratelimit"].startswith('"burst";r=0;')


async def test_pages_for_operators_are_not_counted(anonymous: Caller) -> None:
    answer = await anonymous.http.get("/health/live")

    assert answer.json() == {"status": "ok"}
    assert "ratelimit" not in answer.headers
