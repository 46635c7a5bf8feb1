"""The gateway under load: open loop, slow clients beside it, and what counting costs.

The whole platform in one process, driven over HTTP. "Open loop" sends at fixed instants whether or
not answers have come, and times from the instant at which a request was due. Prints latencies
of 300 mixed reads a second (or as many as asked for), alone and beside 300 connections that are
slow on purpose; after how long each kind of those was closed; and what one trip to the rate limit
takes.

    python -m benchmarks.gateway_load [seconds [requests a second]]
"""

import asyncio
import contextlib
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from pydantic import SecretStr

from benchmarks.gateway_overhead import SERVICES, running, sign_up, wait_for
from gateway.edge.rate_limits import RateLimiter, RatePolicy
from gateway.embedded import create_platform
from gateway.server import server_options
from infra.embedded.postgres import Postgres
from infra.embedded.supervisor import Supervisor
from infra.embedded.valkey import Valkey
from shared.logging import configure_logging
from shared.migrations.run import migrate
from shared.redis import connect_redis
from shared.settings import PlatformSettings

RATE = 300
SLOW = 300
_ESTABLISHED = 1
READS = (
    "/api/v1/strategies?limit=20",
    "/api/v1/backtests",
    "/api/v1/me",
    "/api/v1/plans",
    "/api/v1/event-types",
    "/api/v1/usage",
)


@dataclass
class Outcome:
    """Milliseconds of each request, and what went wrong."""

    took: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def show(self, title: str) -> None:
        """Print percentiles."""
        cuts = statistics.quantiles(self.took, n=100)
        print(
            f"{title:34} {len(self.took)} answers  p50 {cuts[49]:6.1f} ms  p99 {cuts[98]:6.1f} ms"
            f"  errors {len(self.failed)} {self.failed[:1] or ''}"
        )


async def open_loop(
    http: httpx2.AsyncClient, headers: dict[str, str], seconds: float, rate: float
) -> Outcome:
    """Send reads at this rate, each at its instant."""
    outcome = Outcome()
    began = time.perf_counter() + 0.1

    async def ask(place: int) -> None:
        due = began + place / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        try:
            answer = await http.get(READS[place % len(READS)], headers=headers)
        except httpx2.TransportError as error:
            outcome.failed.append(repr(error))
            return
        outcome.took.append((time.perf_counter() - due) * 1000)
        if answer.status_code != httpx2.codes.OK:
            outcome.failed.append(answer.text[:200])

    await asyncio.gather(*(ask(place) for place in range(int(rate * seconds))))
    return outcome


class SlowCrowd:
    """Connections that send headers or bodies drop by drop, or never read."""

    def __init__(self, address: str, token: str) -> None:
        self._port = int(address.rpartition(":")[2])
        self._token = token
        self.closed_after: dict[str, list[float]] = {"header": [], "body": [], "unread": []}

    async def run(self) -> None:
        """Open all of them; return when the server has closed each."""
        kinds = list(self.closed_after)
        await asyncio.gather(*(self._one(kinds[n % len(kinds)]) for n in range(SLOW)))

    async def _one(self, kind: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1024)
        began = time.monotonic()
        sign = f"Host: x\r\nAuthorization: {self._token}\r\n"
        if kind == "unread":
            # More than the sockets hold: many pipelined answers, none of which is read.
            request = f"GET /openapi.json HTTP/1.1\r\n{sign}\r\n" * 40
        elif kind == "body":
            request = (
                f"POST /api/v1/strategies HTTP/1.1\r\n{sign}"
                "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
            )
        else:
            request = f"GET / HTTP/1.1\r\n{sign}X-Slow: "
        writer.write(request.encode())
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof() and not writer.is_closing():
                await asyncio.sleep(1.0)
                if kind != "unread":
                    writer.write(b" ")
                    await writer.drain()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.01):
                            await reader.read(1024)
                elif _has_gone(writer):
                    break
        self.closed_after[kind].append(time.monotonic() - began)
        writer.close()


def _has_gone(writer: asyncio.StreamWriter) -> bool:
    """Tell whether the other side has gone, without reading: the kernel knows."""
    connection = writer.get_extra_info("socket")
    state: int = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return state != _ESTABLISHED


async def limiter_cost(url: str, seconds: float) -> None:
    """Print what one counted request waits for Redis, one at a time."""
    settings = PlatformSettings(
        database_url=SecretStr("postgresql://nowhere"),
        redis_url=SecretStr(url),
        master_key=SecretStr("5a" * 32),
        state_dir=Path("nowhere"),
    )
    redis = connect_redis(settings)
    limiter, policy = RateLimiter(redis), RatePolicy(60_000_000, 9_000_000)
    took = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        await limiter.take("user:x", policy, 1)
        took.append((time.perf_counter() - began) * 1000)
    cuts = statistics.quantiles(took[10:], n=100)
    print(f"rate limit adds                    p50 {cuts[49]:.2f} ms  p99 {cuts[98]:.2f} ms")
    await redis.aclose()


@contextlib.asynccontextmanager
async def platform() -> AsyncIterator[tuple[str, str]]:
    """Run the engines and the platform; yield its address and that of Redis."""
    with tempfile.TemporaryDirectory(prefix="naru-bench-") as folder:
        root = Path(folder)
        async with Supervisor(root / "logs") as supervisor:
            postgres, valkey = Postgres(root / "db", root / "pg"), Valkey(root / "kv", root)
            await postgres.start(supervisor)
            await valkey.start(supervisor)
            await postgres.create_database("naru")
            with generous_plans(root):
                settings = PlatformSettings(
                    database_url=SecretStr(postgres.dsn("naru")),
                    redis_url=SecretStr(valkey.url()),
                    master_key=SecretStr("5a" * 32),
                    state_dir=root / "state",
                )
                for service in SERVICES:
                    await asyncio.to_thread(migrate, service, settings)
                with running(create_platform, settings, server_options()) as served:
                    yield served.address, valkey.url()


@contextlib.contextmanager
def generous_plans(root: Path) -> Iterator[None]:
    """Let the free plan ask as often as it likes."""
    plans = (Path("auth_service") / "plans.toml").read_text()
    plans = plans.replace("requests_per_minute = 60\n", "requests_per_minute = 60_000_000\n")
    (root / "plans.toml").write_text(
        plans.replace("request_burst = 20\n", "request_burst = 9_000_000\n")
    )
    os.environ["AUTH_PLANS_FILE"] = str(root / "plans.toml")
    yield
    del os.environ["AUTH_PLANS_FILE"]


async def main(seconds: float = 10.0, rate: float = RATE) -> None:
    """Measure."""
    configure_logging("WARNING")
    async with platform() as (address, redis_url):
        limits = httpx2.Limits(max_connections=200, max_keepalive_connections=200)
        async with httpx2.AsyncClient(base_url=address, limits=limits, timeout=30) as http:
            await wait_for(http, "/health/live")
            headers = await sign_up(http)
            (await http.get("/openapi.json")).raise_for_status()
            await open_loop(http, headers, 2.0, rate)  # warms up
            (await open_loop(http, headers, seconds, rate)).show(f"{rate:.0f} reads/s alone")
            crowd = SlowCrowd(address, headers["Authorization"])
            slow = asyncio.create_task(crowd.run())
            (await open_loop(http, headers, seconds, rate)).show(f"beside {SLOW} slow connections")
            await slow
            for kind, after in crowd.closed_after.items():
                print(f"slow {kind:8} closed after at most {max(after):5.1f} s ({len(after)})")
        await limiter_cost(redis_url, 3.0)


if __name__ == "__main__":
    asyncio.run(main(*map(float, sys.argv[1:])))
