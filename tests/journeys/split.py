"""The platform as a deployment splits it: each service, each worker, and the gateway by itself."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import Process
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import orjson

SERVICES = ("auth", "data", "logic", "trading", "notification")
WORKERS = ("auth", "trading", "notification")
_COMMAND = (sys.executable, "-c", "from naru.cli import main; main()")
_START_S = 90.0


@dataclass
class SplitPlatform:
    """Starts ``naru api X`` and ``naru worker X`` before engines that run already."""

    folder: Path
    database_url: str
    redis_url: str
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the gateway listens."""
        return f"http://127.0.0.1:{self.ports['gateway']}"

    async def start(self) -> None:
        """Start everything, in no order, and wait until the gateway finds all of it ready."""
        self.ports = free_ports((*SERVICES, "gateway"))
        for name in (*SERVICES, "gateway"):
            await self.start_api(name)
        for name in WORKERS:
            await self._run(f"{name}-worker", "worker", name)
        async with asyncio.timeout(_START_S), httpx2.AsyncClient(base_url=self.url) as http:
            while not await _is_ready(http):
                await asyncio.sleep(0.2)

    async def start_api(self, name: str) -> None:
        """Start a service on its port."""
        await self._run(name, "api", name, "--port", str(self.ports[name]))

    async def _run(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = await asyncio.create_subprocess_exec(
                *_COMMAND, *arguments, stderr=log, env=os.environ | self._environment()
            )

    def _environment(self) -> dict[str, str]:
        urls = {
            f"NARU_{name.upper()}_URL": f"http://127.0.0.1:{self.ports[name]}" for name in SERVICES
        }
        return urls | {
            "NARU_DATABASE_URL": self.database_url,
            "NARU_REDIS_URL": self.redis_url,
            "NARU_MASTER_KEY": "5a" * 32,
            "NARU_STATE_DIR": str(self.folder / "state"),
            "NARU_PUBLIC_URL": self.url,
            "NARU_DATABASE_POOL_SIZE": "3",
        }

    async def kill(self, name: str) -> None:
        """Kill -9 one process."""
        process = self.processes.pop(name)
        process.kill()
        await process.wait()

    async def stop(self) -> None:
        """Stop all that run."""
        for process in self.processes.values():
            process.terminate()
        await asyncio.gather(*(process.wait() for process in self.processes.values()))

    def logged(self, name: str, event: str) -> bool:
        """Tell whether a process has logged an event."""
        lines = (self.folder / f"{name}.log").read_bytes().splitlines()
        return any(orjson.loads(line).get("event") == event for line in lines if line[:1] == b"{")


def free_ports(names: tuple[str, ...]) -> dict[str, int]:
    """Return a port for each name at which nobody listens."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in names]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return {name: one.getsockname()[1] for name, one in zip(names, sockets, strict=True)}


async def _is_ready(http: httpx2.AsyncClient) -> bool:
    try:
        return (await http.get("/health/ready", timeout=5.0)).status_code == httpx2.codes.OK
    except httpx2.TransportError:
        return False
