"""The embedded Valkey in this process."""

import asyncio
import os
import signal
import stat
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError

from infra.embedded.supervisor import ProcessStatus, Supervisor
from infra.embedded.valkey import Valkey


async def test_killed_server_comes_back_with_every_acknowledged_command(folder: Path) -> None:
    states: asyncio.Queue[ProcessStatus] = asyncio.Queue()
    async with Supervisor(folder / "logs", on_change=states.put_nowait) as supervisor:
        server = Valkey(folder / "valkey", folder)
        await server.start(supervisor)
        async with Redis.from_url(server.url()) as redis:
            for number in range(500):
                await redis.rpush("jobs", number)
        (status,) = supervisor.status()
        os.kill(status.pid or 0, signal.SIGKILL)

        async with asyncio.timeout(60):
            while (change := await states.get()).restart_count == 0 or change.state != "running":
                continue
        async with Redis.from_url(server.url()) as redis:
            assert await redis.llen("jobs") == 500


async def test_torn_tail_of_the_file_is_cut_off(folder: Path) -> None:
    for round_number in range(2):
        async with Supervisor(folder / "logs") as supervisor:
            server = Valkey(folder / "valkey", folder)
            await server.start(supervisor)
            async with Redis.from_url(server.url()) as redis:
                await redis.incr("starts")
                assert await redis.get("starts") == str(round_number + 1).encode()
        (log,) = (folder / "valkey" / "appendonlydir").glob("*.incr.aof")
        with log.open("ab") as file:
            file.write(b"*3\r\n$3\r\nSET\r\n$4\r\nha")


async def _fill(redis: Redis) -> None:
    for number in range(64):
        await redis.set(f"block:{number}", bytes(64 * 1024))


async def test_server_is_private_and_bounded(folder: Path) -> None:
    async with Supervisor(folder / "logs") as supervisor:
        server = Valkey(folder / "valkey", folder)
        await server.start(supervisor)
        async with Redis.from_url(server.url()) as redis:
            settings = await redis.config_get("port", "maxmemory-policy", "appendonly")
            await redis.config_set("maxmemory", "2mb")

            assert settings == {"port": "0", "maxmemory-policy": "noeviction", "appendonly": "yes"}
            with pytest.raises(OutOfMemoryError):
                await _fill(redis)
        assert stat.S_IMODE((folder / "valkey.sock").stat().st_mode) == 0o700
