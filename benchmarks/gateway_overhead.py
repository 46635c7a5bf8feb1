"""What the gateway costs: one authenticated, rate-limited list against a bare FastAPI app.

Both answer with the same bytes from the same table over one uvicorn process each, are driven by the
same client in turns, and are compared by the median of their rounds. Prints requests per second,
and the processor time of a request, which holds on a busy machine too.

    python benchmarks/gateway_overhead.py
"""

import asyncio
import contextlib
import multiprocessing
import os
import socket
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from fastapi import Depends, FastAPI
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.embedded import create_platform
from gateway.server import server_options
from infra.embedded.postgres import Postgres
from infra.embedded.supervisor import Supervisor
from infra.embedded.valkey import Valkey
from logic_service.contract.strategies import Strategy
from logic_service.models import StrategyRow
from shared.database import create_engine, create_sessions
from shared.http.pages import ItemPage
from shared.http.serving import serve as serve_app
from shared.logging import configure_logging
from shared.migrations.run import migrate
from shared.settings import PlatformSettings

SERVICES = ("auth", "data", "logic", "trading", "notification")
ITEMS = 20
ROUNDS = 5
REQUESTS = 400
AT_ONCE = 16
PLAIN = {"log_config": None, "access_log": False}


def create_bare_app(settings: PlatformSettings) -> FastAPI:
    """Return the least that could answer: a session, a query, the response model."""
    engine = create_engine(settings)
    sessions = create_sessions(engine, settings).writing
    app = FastAPI()

    async def open_session() -> AsyncIterator[AsyncSession]:
        async with sessions() as session, session.begin():
            yield session

    @app.get("/strategies")
    async def list_strategies(
        limit: int = ITEMS, session: AsyncSession = Depends(open_session)
    ) -> ItemPage[Strategy]:
        query = select(StrategyRow).order_by(StrategyRow.id.desc()).limit(limit)
        rows = (await session.scalars(query)).all()
        items = [Strategy.model_validate(row, from_attributes=True) for row in rows]
        return ItemPage(items=items, next_cursor=None)

    return app


@dataclass(frozen=True, slots=True)
class Served:
    """A running app."""

    address: str
    pid: int

    def cpu_s(self) -> float:
        """Return the processor time that its process has used."""
        used = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of requests came to."""

    per_s: float
    cpu_ms: float


def serve(
    make_app: Callable[[PlatformSettings], Any],
    settings: PlatformSettings,
    port: int,
    options: Mapping[str, Any],
) -> None:
    """Run an app in this process."""
    configure_logging("WARNING")
    serve_app(make_app(settings), port=port, **options)


@contextlib.contextmanager
def running(
    make_app: Callable[[PlatformSettings], Any],
    settings: PlatformSettings,
    options: Mapping[str, Any],
) -> Iterator["Served"]:
    """Serve an app in a process of its own; ``options`` are uvicorn's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(
        target=serve, args=(make_app, settings, port, options), daemon=True
    )
    process.start()
    try:
        yield Served(f"http://127.0.0.1:{port}", process.pid or 0)
    finally:
        process.terminate()
        process.join()


async def wait_for(http: httpx2.AsyncClient, path: str) -> None:
    """Wait until an app answers."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx2.TransportError):
            if (await http.get(path)).status_code < 500:
                return
        await asyncio.sleep(0.1)
    raise TimeoutError(path)


async def measure(
    served: Served, http: httpx2.AsyncClient, path: str, headers: dict[str, str]
) -> Round:
    """Drive an app for one round."""
    todo = iter(range(REQUESTS))
    failed = []

    async def work() -> None:
        for _ in todo:
            answer = await http.get(path, headers=headers)
            if answer.status_code != 200:
                failed.append(answer.text)

    started, used = time.perf_counter(), served.cpu_s()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    elapsed = time.perf_counter() - started
    if failed:
        raise RuntimeError(f"{len(failed)} failed: {failed[0]}")
    return Round(REQUESTS / elapsed, (served.cpu_s() - used) / REQUESTS * 1000)


async def sign_up(http: httpx2.AsyncClient, email: str = "bench@example.com") -> dict[str, str]:
    """Return the headers of a new user who owns a list of strategies."""
    account = {"email": email, "password": "moraine-candle-42-otter"}
    (await http.post("/api/v1/auth/register", json=account)).raise_for_status()
    tokens = (await http.post("/api/v1/auth/login", json=account)).raise_for_status().json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    for n in range(ITEMS):
        body = {"name": f"Strategy {n}", "description": "Long while the fast average is above."}
        (await http.post("/api/v1/strategies", json=body, headers=headers)).raise_for_status()
    return headers


async def main() -> None:
    """Print both throughputs and their ratio."""
    configure_logging("WARNING")
    with tempfile.TemporaryDirectory(prefix="naru-bench-") as folder:
        root = Path(folder)
        async with Supervisor(root / "logs") as supervisor:
            postgres, valkey = Postgres(root / "db", root / "pg"), Valkey(root / "kv", root)
            await postgres.start(supervisor)
            await valkey.start(supervisor)
            plans = (Path("auth_service") / "plans.toml").read_text()
            generous = root / "plans.toml"
            generous.write_text(
                plans.replace("= 60\n", "= 60_000_000\n", 1).replace("= 20\n", "= 9_000_000\n", 1)
            )
            os.environ["AUTH_PLANS_FILE"] = str(generous)
            settings = PlatformSettings(
                database_url=SecretStr(postgres.dsn("naru")),
                redis_url=SecretStr(valkey.url()),
                master_key=SecretStr("5a" * 32),
                state_dir=root / "state",
            )
            for service in SERVICES:
                await asyncio.to_thread(migrate, service, settings)
            with (
                running(create_bare_app, settings, PLAIN) as bare,
                running(create_platform, settings, server_options()) as platform,
            ):
                await compare(bare, platform)


async def compare(bare: Served, platform: Served) -> None:
    """Drive both in turns."""
    async with (
        httpx2.AsyncClient(base_url=bare.address, timeout=60) as plain,
        httpx2.AsyncClient(base_url=platform.address, timeout=60) as full,
    ):
        await wait_for(full, "/health/live")
        headers = await sign_up(full)
        await wait_for(plain, "/strategies")
        sizes = (
            len((await plain.get("/strategies")).content),
            len((await full.get(f"/api/v1/strategies?limit={ITEMS}", headers=headers)).content),
        )
        rounds = []
        for _ in range(ROUNDS + 1):
            rounds.append(
                (
                    await measure(bare, plain, f"/strategies?limit={ITEMS}", {}),
                    await measure(platform, full, f"/api/v1/strategies?limit={ITEMS}", headers),
                )
            )
        pairs = rounds[1:]  # the first one warms up
        bare_rounds, full_rounds = zip(*pairs, strict=True)
        rates = [statistics.median(r.per_s for r in side) for side in (bare_rounds, full_rounds)]
        cpu = [statistics.median(r.cpu_ms for r in side) for side in (bare_rounds, full_rounds)]
        print(f"bytes: bare {sizes[0]}, platform {sizes[1]}")
        print(f"bare FastAPI   {rates[0]:8.0f} requests/s  {cpu[0]:6.2f} ms CPU a request")
        print(f"whole platform {rates[1]:8.0f} requests/s  {cpu[1]:6.2f} ms CPU a request")
        print(f"ratio          {rates[1] / rates[0]:8.2f}             {cpu[0] / cpu[1]:6.2f}")
        print("goal: at least 0.50")


if __name__ == "__main__":
    asyncio.run(main())
