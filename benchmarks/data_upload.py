"""How long uploads and snapshots take, against inserting the same bars row by row.

``python benchmarks/data_upload.py [--bars 1000000] [--runs 5]`` starts a PostgreSQL of its own and
prints medians. Absolute times hang on the machine; the ratios are what to compare.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import httpx2
import numpy as np
import psycopg
from pydantic import SecretStr

from data_service.app import create_app
from data_service.bars.repository import instant
from data_service.client import DataClient
from data_service.contract.bars import BarsQuery
from data_service.settings import DataSettings
from infra.embedded.databases import create_database
from infra.embedded.postgres import Postgres
from infra.embedded.supervisor import Supervisor
from infra.embedded.valkey import Valkey
from naru.bars import Bars, timeframe_ns
from shared.bar_files import write_bars
from shared.http.transports import connect
from shared.identity import IDENTITY_HEADER, IdentitySigner, Principal
from shared.ids import new_id
from shared.logging import configure_logging
from shared.migrations.run import migrate

MASTER_KEY = SecretStr("be" * 32)
DAILY_BARS = 3_270
_INSERT = "INSERT INTO plain_bars VALUES (%s, %s, %s, %s, %s, %s, %s)"
_TABLE = """
CREATE TABLE plain_bars (
    series bigint, ts timestamptz, open float8, high float8, low float8, close float8,
    volume float8, PRIMARY KEY (series, ts)
)
"""


def random_bars(count: int, timeframe: str) -> Bars:
    """Return a random walk that ends in 2024."""
    rng = np.random.default_rng(1)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 1e-4, count)))
    step = timeframe_ns(timeframe)
    ts = np.datetime64("2024-01-01", "ns").astype(np.int64) - np.arange(count, 0, -1) * step
    high, low = close * 1.001, close * 0.999
    return Bars("WALK", timeframe, ts, close.copy(), high, low, close, rng.random(count) * 100)


async def median_s(
    runs: int, prepare: Callable[[], Awaitable[None]], measured: Callable[[], Awaitable[object]]
) -> float:
    """Return the median time of ``measured``; ``prepare`` goes before each run, unmeasured."""
    times = []
    for _ in range(runs):
        await prepare()
        started_at = time.perf_counter()
        await measured()
        times.append(time.perf_counter() - started_at)
    return statistics.median(times)


class Bench:
    """Uploads and snapshots of one workspace, and plain inserts beside them."""

    def __init__(self, http: httpx2.AsyncClient, dsn: str) -> None:
        self._http = http
        self._dsn = dsn
        self._workspace_id = new_id()
        self._client = DataClient(http, IdentitySigner(MASTER_KEY))
        self._service = Principal.service("benchmark", self._workspace_id)

    async def forget(self) -> None:
        """Begin with another, empty workspace."""
        self._workspace_id = new_id()
        self._service = Principal.service("benchmark", self._workspace_id)

    async def upload(self, content: bytes) -> None:
        """Upload a file as the gateway passes it on."""
        person = Principal(kind="session", user_id=new_id(), workspace_id=self._workspace_id)
        headers = {
            IDENTITY_HEADER: IdentitySigner(MASTER_KEY).sign(person),
            "Content-Type": "application/vnd.apache.parquet",
        }
        answer = await self._http.post(
            "/datasets/upload", content=content, headers=headers, timeout=300
        )
        answer.raise_for_status()

    async def snapshot(self) -> None:
        """Freeze everything."""
        await self._client.create_snapshot(self._service, BarsQuery(symbol="WALK"))

    async def insert(self, bars: Bars) -> None:
        """Insert the same bars with one statement for each."""
        columns = [getattr(bars, name).tolist() for name in ("open", "high", "low", "close")]
        ts = [instant(value) for value in bars.ts]
        rows = zip([1] * len(bars), ts, *columns, bars.volume.tolist(), strict=True)
        async with await psycopg.AsyncConnection.connect(self._dsn) as connection:
            await connection.execute("DROP TABLE IF EXISTS plain_bars")
            await connection.execute(_TABLE)
            await connection.cursor().executemany(_INSERT, list(rows))


async def report(bench: Bench, bars: Bars, runs: int) -> None:
    """Measure one size and print a line."""
    content = write_bars(bars)
    other = write_bars(replace(bars, volume=bars.volume + 1))

    async def nothing() -> None:
        """Leave everything as it is."""

    async def uploaded() -> None:
        await bench.forget()
        await bench.upload(content)

    upload_s = await median_s(runs, bench.forget, lambda: bench.upload(content))
    replace_s = await median_s(runs, lambda: bench.upload(other), lambda: bench.upload(content))
    snapshot_s = await median_s(runs, uploaded, bench.snapshot)
    known_s = await median_s(runs, nothing, bench.snapshot)
    insert_s = await median_s(1, nothing, lambda: bench.insert(bars))
    print(
        f"{len(bars):>9,} bars "
        f"| upload {upload_s * 1e3:8.1f} ms | replace {replace_s * 1e3:8.1f} ms "
        f"| snapshot {snapshot_s * 1e3:7.1f} ms | known {known_s * 1e3:5.1f} ms "
        f"| INSERT {insert_s * 1e3:9.1f} ms | INSERT / upload {insert_s / upload_s:5.1f}"
    )


def main() -> None:
    """Measure a small and a large upload."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=1_000_000, help="size of the large upload")
    parser.add_argument("--runs", type=int, default=5, help="repetitions; the median counts")
    options = parser.parse_args()
    configure_logging("WARNING")
    with tempfile.TemporaryDirectory(prefix="naru-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        asyncio.run(measure(folder, options.bars, options.runs))


async def measure(folder: Path, bar_count: int, runs: int) -> None:
    """Start the engines and the service in a folder, and print a line for each size."""
    async with Supervisor(folder / "logs") as supervisor:
        postgres, valkey = Postgres(folder / "pg", folder / "s"), Valkey(folder / "v", folder)
        await postgres.start(supervisor)
        await valkey.start(supervisor)
        await create_database(postgres, "bench")
        settings = DataSettings(
            database_url=SecretStr(postgres.dsn("bench")),
            redis_url=SecretStr(valkey.url()),
            master_key=MASTER_KEY,
            state_dir=folder / "state",
        )
        await asyncio.to_thread(migrate, "data", settings)
        app = create_app(settings)
        async with app.router.lifespan_context(app), connect(None, app) as http:
            bench = Bench(http, postgres.dsn("bench"))
            await report(bench, random_bars(DAILY_BARS, "1d"), runs)
            await report(bench, random_bars(bar_count, "1m"), max(1, runs // 2))


if __name__ == "__main__":
    main()
