"""The gateway under load: open loop, slow clients beside it, and what counting costs.

The whole platform in one process, driven over HTTP by a generator that is told apart in the
processor times it prints. Prints latencies of 300 mixed reads a second (or as many as asked for) of
several customers, alone and beside 300 connections that are slow on purpose; after how long the
server had closed each kind of those; and how much later a read is answered because it is counted,
against a platform that counts nothing, both asked in turns.

    python -m benchmarks.gateway_load [seconds [requests a second]]
"""

import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2
from pydantic import SecretStr

import gateway.deps
from benchmarks.gateway_overhead import SERVICES, Served, running, sign_up, wait_for
from benchmarks.http_load import open_loop
from benchmarks.slow_crowd import SlowCrowd
from gateway.app import Gateway
from gateway.edge.rate_limits import Allowance, RateLimiter, RatePolicy, Values
from gateway.embedded import create_platform
from gateway.server import server_options
from infra.embedded.postgres import Postgres
from infra.embedded.supervisor import Supervisor
from infra.embedded.valkey import Valkey
from shared.logging import configure_logging
from shared.migrations.run import migrate
from shared.settings import PlatformSettings

RATE = 300.0
SLOW = 300
CUSTOMERS = 8
PAIRS = 400
READS = (
    "/api/v1/strategies?limit=20",
    "/api/v1/backtests",
    "/api/v1/me",
    "/api/v1/plans",
    "/api/v1/event-types",
    "/api/v1/usage",
)


class Uncounted(RateLimiter):
    """Lets everybody go on, and asks nobody."""

    async def take_and_read(
        self,
        subject: str,
        policy: RatePolicy,
        cost: int,
        keys: Sequence[str],
        *,
        strict: bool = False,
    ) -> tuple[Allowance, Values | None]:
        """Return a whole allowance."""
        return Allowance(policy, True, policy.burst, 0, policy.per_minute, 0, 0), None


def create_uncounted(settings: PlatformSettings) -> Gateway:
    """Return the platform without its limits, in a process that serves nothing else."""
    vars(gateway.deps)["RateLimiter"] = Uncounted
    return create_platform(settings)


async def load(
    served: Served, headers: Sequence[Mapping[str, str]], seconds: float, rate: float, title: str
) -> None:
    """Send reads, and print latencies and processor times."""
    used = served.cpu_s()
    outcome = await open_loop(served.address, READS, headers, seconds=seconds, rate=rate)
    outcome.show(title)
    each_ms = 1000 / max(1, len(outcome.took))
    print(
        f"{'':34} a read takes the server {(served.cpu_s() - used) * each_ms:.2f} ms of a core,"
        f" the generator {outcome.cpu_s * each_ms:.2f} ms"
    )


async def limiter_cost(counted: str, uncounted: str, headers: Mapping[str, str]) -> None:
    """Print how much later a read is answered that is counted, asked for in turns."""
    added = []
    async with (
        httpx2.AsyncClient(base_url=counted, headers=headers) as with_limits,
        httpx2.AsyncClient(base_url=uncounted, headers=headers) as without,
    ):
        await wait_for(without, "/health/live")
        for turn in range(PAIRS):
            pair = (with_limits, without) if turn % 2 else (without, with_limits)
            took = {id(http): await _time(http) for http in pair}
            added.append(took[id(with_limits)] - took[id(without)])
    cuts = statistics.quantiles(added[PAIRS // 8 :], n=100)
    print(f"{'being counted adds to a read':34} p50 {cuts[49]:6.2f} ms  p90 {cuts[89]:6.2f} ms")


async def _time(http: httpx2.AsyncClient) -> float:
    began = time.perf_counter()
    (await http.get(READS[0])).raise_for_status()
    return (time.perf_counter() - began) * 1000


@contextlib.asynccontextmanager
async def engines() -> AsyncIterator[PlatformSettings]:
    """Run PostgreSQL and Valkey; yield the settings of a platform on them."""
    with tempfile.TemporaryDirectory(prefix="naru-bench-") as folder:
        root = Path(folder)
        async with Supervisor(root / "logs") as supervisor:
            postgres, valkey = Postgres(root / "db", root / "pg"), Valkey(root / "kv", root)
            await postgres.start(supervisor)
            await valkey.start(supervisor)
            with generous_plans(root):
                settings = PlatformSettings(
                    database_url=SecretStr(postgres.dsn("naru")),
                    redis_url=SecretStr(valkey.url()),
                    master_key=SecretStr("5a" * 32),
                    state_dir=root / "state",
                )
                for service in SERVICES:
                    await asyncio.to_thread(migrate, service, settings)
                yield settings


@contextlib.contextmanager
def generous_plans(root: Path) -> Iterator[None]:
    """Let the free plan ask as often as it likes, and everybody sign up."""
    plans = (Path("auth_service") / "plans.toml").read_text()
    plans = plans.replace("requests_per_minute = 60\n", "requests_per_minute = 60_000_000\n")
    (root / "plans.toml").write_text(
        plans.replace("request_burst = 20\n", "request_burst = 9_000_000\n")
    )
    environment = {
        "AUTH_PLANS_FILE": str(root / "plans.toml"),
        "GATEWAY_ANONYMOUS_PER_MINUTE": "6000",  # all customers sign up from one address
        "GATEWAY_ANONYMOUS_BURST": "1000",
    }
    os.environ |= environment
    yield
    for name in environment:
        del os.environ[name]


def run_platform(
    make_app: Any, settings: PlatformSettings
) -> contextlib.AbstractContextManager[Served]:
    """Serve it in a process of its own, as it is served."""
    return running(make_app, settings, server_options())


async def main(seconds: float = 10.0, rate: float = RATE) -> None:
    """Measure."""
    configure_logging("WARNING")
    async with engines() as settings:
        with run_platform(create_platform, settings) as served:
            async with httpx2.AsyncClient(base_url=served.address, timeout=30) as http:
                await wait_for(http, "/health/live")
                headers = [await sign_up(http, f"bench{n}@example.com") for n in range(CUSTOMERS)]
                (await http.get("/openapi.json")).raise_for_status()
            await load(served, headers, 3.0, rate / 2, "warming up")
            await load(served, headers, seconds, rate, f"{rate:.0f} reads/s alone")
            port = int(served.address.rpartition(":")[2])
            crowd = SlowCrowd(port, headers[0]["Authorization"], SLOW)
            slow = asyncio.create_task(crowd.run())
            await load(served, headers, seconds, rate, f"beside {SLOW} slow connections")
            await slow
            for kind, after in crowd.closed_after.items():
                print(f"slow {kind:29} closed by the server after at most {max(after):5.1f} s")
            with run_platform(create_uncounted, settings) as uncounted:
                await limiter_cost(served.address, uncounted.address, headers[0])


if __name__ == "__main__":
    asyncio.run(main(*map(float, sys.argv[1:])))
