"""From request to result: the demo's backtest (3,270 daily bars) on a warm platform, and offline.

Goals: 1.0 s from ``POST /backtests`` to its end, 1.5 s for the whole process ``naru backtest``.
Compared with: a Python process that imports NumPy and exits, measured in the same run.
Run: ``python benchmarks/demo_backtest.py [rounds]``
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx2
import orjson
import websockets
from platform_start import start_platform, stop

from naru.cli.sample_bars import SYMBOL, daily_bars_csv

EXAMPLE = Path(__file__).parents[1] / "examples" / "sma_cross.py"
_NARU = [sys.executable, "-c", "from naru.cli import main; main()"]
_ENDED = {"finished", "failed", "cancelled"}


def sign_up(url: str, password: str) -> httpx2.Client:
    """Register and sign in."""
    http = httpx2.Client(base_url=f"{url}/api/v1", timeout=60)
    account = {"email": "bench@naru.local", "password": password}
    http.post("/auth/register", json=account).raise_for_status()
    tokens = http.post("/auth/login", json=account).raise_for_status().json()
    http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    return http


async def hosted(url: str, rounds: int) -> list[float]:
    """Return the seconds from request to result, round by round."""
    http = sign_up(url, "a benchmark is no secret 42")
    upload = http.post(
        "/datasets/upload",
        params={"symbol": SYMBOL, "timeframe": "1d"},
        content=daily_bars_csv(),
        headers={"Content-Type": "text/csv"},
    )
    upload.raise_for_status()
    strategy = http.post("/strategies", json={"name": "Bench"}).raise_for_status().json()
    version = http.post(
        f"/strategies/{strategy['id']}/versions", json={"source": EXAMPLE.read_text()}
    )
    asked = {"version_id": version.raise_for_status().json()["id"], "symbols": [SYMBOL]}
    token = http.headers["Authorization"].removeprefix("Bearer ")
    elapsed = []
    async with websockets.connect(url.replace("http", "ws", 1) + "/ws") as live:
        await live.send(orjson.dumps({"op": "auth", "token": token}).decode())
        await live.send(orjson.dumps({"op": "subscribe", "ch": "jobs"}).decode())
        for _ in range(rounds + 1):
            elapsed.append(await one_round(http, live, asked))
            await asyncio.sleep(6)  # the free plan's allowance
    return elapsed[1:]  # the first one warms the platform up


async def one_round(
    http: httpx2.Client, live: websockets.ClientConnection, asked: dict[str, object]
) -> float:
    """Ask for one backtest and wait for its end."""
    began = time.perf_counter()
    answer = await asyncio.to_thread(http.post, "/backtests", json=asked)
    backtest_id = answer.raise_for_status().json()["id"]
    async for frame in live:
        data = orjson.loads(frame).get("data", {})
        if data.get("id") == backtest_id and data["status"] in _ENDED:
            if data["status"] != "finished":
                raise SystemExit(f"the backtest ended as {data['status']}")
            return time.perf_counter() - began
    raise SystemExit("the live channel was closed")


def timed(command: list[str]) -> float:
    """Run a command to its end; return the seconds it took."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main(rounds: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="naru-bench-", ignore_cleanup_errors=True) as name:
        bars = Path(name) / f"{SYMBOL}_1d.csv"
        bars.write_bytes(daily_bars_csv())
        offline, bare = [], []
        command = [*_NARU, "backtest", str(EXAMPLE), "--data", str(bars), "--json", "-"]
        for _ in range(rounds + 1):
            offline.append(timed(command))
            bare.append(timed([sys.executable, "-c", "import numpy"]))
        _, process = start_platform(Path(name) / "state")
        try:
            url = orjson.loads((Path(name) / "state" / "running.json").read_bytes())["url"]
            online = asyncio.run(hosted(url, rounds))
        finally:
            stop(process)
    floor = median(bare[1:])
    print(f"request to result      p50 {median(online):6.3f} s   max {max(online):6.3f} s")
    print(
        f"naru backtest, process p50 {median(offline[1:]):6.3f} s   max {max(offline[1:]):6.3f} s"
    )
    print(f"import numpy, process  p50 {floor:6.3f} s")
    print(f"ratio request / import numpy        {median(online) / floor:6.2f}")
    print(f"ratio naru backtest / import numpy  {median(offline[1:]) / floor:6.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
