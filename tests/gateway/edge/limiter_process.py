"""One more gateway's limiter, in a process of its own: hammer an allowance and tell what passed.

REDIS_URL SUBJECT PER_MINUTE BURST SECONDS; prints when it began and ended (epoch seconds), and how
many were allowed.
"""

import asyncio
import sys
import time
from pathlib import Path

from pydantic import SecretStr

from gateway.edge.rate_limits import RateLimiter, RatePolicy
from shared.redis import connect_redis
from shared.settings import PlatformSettings


async def main(url: str, subject: str, policy: RatePolicy, seconds: float) -> None:
    """Ask for as much as can be had until the time is over."""
    settings = PlatformSettings(
        database_url=SecretStr("postgresql://nowhere"),
        redis_url=SecretStr(url),
        master_key=SecretStr("5a" * 32),
        state_dir=Path("nowhere"),
    )
    redis = connect_redis(settings)
    limiter = RateLimiter(redis)
    began, allowed = time.time(), 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        taken = await asyncio.gather(*(limiter.take(subject, policy, 1) for _ in range(10)))
        allowed += sum(one.allowed for one in taken)
    print(began, time.time(), allowed)
    await redis.aclose()


if __name__ == "__main__":
    _url, _subject, _per_minute, _burst, _seconds = sys.argv[1:]
    _policy = RatePolicy(int(_per_minute), int(_burst))
    asyncio.run(main(_url, _subject, _policy, float(_seconds)))
