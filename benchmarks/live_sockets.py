"""What live messages cost: one event to 1,000 connections, against a bare Starlette broadcast.

Each server is one uvicorn process; 1,000 clients in another follow the same channel. A round is the
time from publishing an event until the last client has it; rounds go in turns and are compared by
their median. Memory is the server's resident set with all clients connected.

    python benchmarks/live_sockets.py
"""

import asyncio
import contextlib
import multiprocessing
import os
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import orjson
import psutil
import uvicorn
from gateway_overhead import SERVICES, wait_for
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect

from gateway.embedded import create_platform
from gateway.server import server_options
from infra.embedded.postgres import Postgres
from infra.embedded.supervisor import Supervisor
from infra.embedded.valkey import Valkey
from shared.ids import parse_public_id
from shared.logging import configure_logging
from shared.migrations.run import migrate
from shared.redis import connect_redis
from shared.settings import PlatformSettings
from shared.streams import LiveStreams

CLIENTS = 1000
ROUNDS = 9
EVENT = {"kind": "backtest", "id": "bt_" + "0" * 32, "status": "running", "progress": 0.5}


def create_bare_app(settings: PlatformSettings) -> Starlette:
    """Return the least that could carry messages: a set of sockets and a loop."""
    sockets: set[WebSocket] = set()

    async def follow(follower: WebSocket) -> None:
        await follower.accept()
        sockets.add(follower)
        try:
            while True:
                await follower.receive_text()
        except WebSocketDisconnect:
            sockets.discard(follower)

    async def publish(request: Request) -> JSONResponse:
        event = await request.json()
        for follower in list(sockets):
            await follower.send_json(event)
        return JSONResponse(len(sockets))

    return Starlette(
        routes=[WebSocketRoute("/ws", follow), Route("/publish", publish, methods=["POST"])]
    )


def serve(
    make_app: Callable[[PlatformSettings], Any], settings: PlatformSettings, port: int
) -> None:
    """Run an app in this process."""
    configure_logging("WARNING")
    uvicorn.run(make_app(settings), port=port, **server_options())


@contextlib.contextmanager
def running(
    make_app: Callable[[PlatformSettings], Any], settings: PlatformSettings
) -> Iterator[str]:
    """Serve an app in a process of its own; yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(
        target=serve, args=(make_app, settings, port), daemon=True
    )
    process.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.join()


def memory_of(port: int) -> float:
    """Return the resident megabytes of the child process that listens at a port."""
    for process in psutil.Process().children(recursive=True):
        for open_socket in process.net_connections("tcp"):
            if open_socket.status == "LISTEN" and open_socket.laddr.port == port:
                return float(process.memory_info().rss) / 2**20
    raise LookupError(port)


async def sign_up(http: httpx2.AsyncClient) -> tuple[str, UUID]:
    """Return a new user's token and workspace."""
    account = {"email": "bench@example.com", "password": "moraine-candle-42-otter"}
    (await http.post("/api/v1/auth/register", json=account)).raise_for_status()
    tokens = (await http.post("/api/v1/auth/login", json=account)).raise_for_status().json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    listed = (await http.get("/api/v1/workspaces", headers=headers)).raise_for_status().json()
    workspace = parse_public_id("ws", listed["items"][0]["id"])
    assert workspace is not None
    return tokens["access_token"], workspace


async def follow_jobs(address: str, token: str) -> ClientConnection:
    """Return a connection that follows the jobs channel."""
    follower = await connect(f"{address}/ws", compression=None, ping_interval=None)
    for frame in ({"op": "auth", "token": token}, {"op": "subscribe", "ch": "jobs"}):
        await follower.send(orjson.dumps(frame).decode())
        answer = orjson.loads(await follower.recv())
        if answer["op"] == "error":
            raise RuntimeError(answer)
    return follower


async def hear_event(follower: ClientConnection) -> None:
    """Return with the next message that is no heartbeat."""
    while b'"op":"ping"' in (await follower.recv(decode=False)):
        continue


async def time_round(sockets: list[ClientConnection], publish: Any) -> float:
    """Return the milliseconds from publishing an event until everybody has it."""
    heard = [asyncio.create_task(hear_event(follower)) for follower in sockets]
    await asyncio.sleep(0.2)  # until all tasks wait
    started = time.perf_counter()
    await publish()
    await asyncio.gather(*heard)
    return (time.perf_counter() - started) * 1000


async def connect_many(make: Any) -> list[ClientConnection]:
    """Return the connections, made some at a time."""
    sockets: list[ClientConnection] = []
    while len(sockets) < CLIENTS:
        sockets += await asyncio.gather(*(make() for _ in range(50)))
    return sockets


async def compare(bare: str, platform: str, settings: PlatformSettings) -> None:
    """Drive both in turns."""
    redis = connect_redis(settings)
    streams = LiveStreams(redis)
    async with (
        httpx2.AsyncClient(base_url=bare) as plain,
        httpx2.AsyncClient(base_url=platform) as full,
    ):
        await wait_for(full, "/health/live")
        await wait_for(plain, "/")
        token, workspace = await sign_up(full)
        ports = [int(address.rpartition(":")[2]) for address in (bare, platform)]
        before = [memory_of(port) for port in ports]
        addresses = [address.replace("http", "ws") for address in (bare, platform)]
        quiet = {"compression": None, "ping_interval": None}
        of_bare = await connect_many(lambda: connect(f"{addresses[0]}/ws", **quiet))
        started = time.perf_counter()
        of_full = await connect_many(lambda: follow_jobs(addresses[1], token))
        joined_s = time.perf_counter() - started
        rounds = []
        for _ in range(ROUNDS + 1):
            rounds.append(
                (
                    await time_round(of_bare, lambda: plain.post("/publish", json=EVENT)),
                    await time_round(of_full, lambda: streams.publish(workspace, "jobs", EVENT)),
                )
            )
        after = [memory_of(port) for port in ports]
        report(rounds[1:], before, after, joined_s)  # the first one warms up
    await redis.aclose()


def report(
    rounds: list[tuple[float, float]], before: list[float], after: list[float], joined_s: float
) -> None:
    """Print the figures."""
    bare_ms, full_ms = (statistics.median(pair[n] for pair in rounds) for n in (0, 1))
    worst_ms = max(pair[1] for pair in rounds)
    print(f"{CLIENTS} clients signed in and subscribed in {joined_s:.1f} s")
    print(f"bare Starlette: {bare_ms:6.0f} ms an event   {before[0]:4.0f} -> {after[0]:4.0f} MB")
    print(f"whole platform: {full_ms:6.0f} ms an event   {before[1]:4.0f} -> {after[1]:4.0f} MB")
    print(f"ratio           {full_ms / bare_ms:6.2f}; the worst round took {worst_ms:.0f} ms")
    print("goals: an event to all within 250 ms, the process within 300 MB")


async def main() -> None:
    """Start the engines and both servers."""
    configure_logging("WARNING")
    with tempfile.TemporaryDirectory(prefix="naru-bench-") as folder:
        root = Path(folder)
        async with Supervisor(root / "logs") as supervisor:
            postgres, valkey = Postgres(root / "db", root / "pg"), Valkey(root / "kv", root)
            await postgres.start(supervisor)
            await valkey.start(supervisor)
            plans = (Path("auth_service") / "plans.toml").read_text()
            generous = root / "plans.toml"
            for old in ("requests_per_minute = 60\n", "request_burst = 20\n"):
                plans = plans.replace(old, f"{old.partition(' ')[0]} = 1_000_000\n")
            generous.write_text(
                plans.replace("live_connections = 10\n", "live_connections = 5000\n")
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
                running(create_bare_app, settings) as bare,
                running(create_platform, settings) as platform,
            ):
                await compare(bare, platform, settings)


if __name__ == "__main__":
    asyncio.run(main())
