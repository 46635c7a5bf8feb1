"""An installation as its owner has it: a state folder, and ``naru up`` running on it or not."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import orjson
import websockets

START_S = 90.0
_COMMAND = (sys.executable, "-c", "from naru.cli import main; main()")


@dataclass
class Installation:
    """Starts, kills and stops the platform on one folder."""

    folder: Path
    process: Process | None = None
    url: str = ""
    people: list["Person"] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def person(self, email: str) -> "Person":
        """Return somebody who uses this platform's API."""
        person = Person(self.url, email)
        self.people.append(person)
        return person

    async def start(self) -> None:
        """Run ``naru up`` and wait until it is ready."""
        self.process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            "up",
            "--port",
            "0",
            "--state-dir",
            str(self.folder),
            stdout=DEVNULL,
            env=os.environ | self.environment,
        )
        note = self.folder / "running.json"
        async with asyncio.timeout(START_S):
            while True:
                if self.process.returncode is not None:
                    raise RuntimeError(f"naru up ended with {self.process.returncode}")
                if note.exists() and (found := _read(note))["pid"] == self.process.pid:
                    self.url = str(found["url"])
                    return
                await asyncio.sleep(0.05)

    async def stop(self) -> int:
        """Press Ctrl-C; return the exit status."""
        for person in self.people:
            await person.http.aclose()
        if self.process is None or self.process.returncode is not None:
            return 0
        self.process.send_signal(signal.SIGINT)
        return await self.process.wait()

    async def kill(self) -> None:
        """Kill -9 the platform's own process; its children are on a leash."""
        if self.process is not None:
            self.process.kill()
            await self.process.wait()

    def children(self, name: str) -> list[int]:
        """Return the ids of the platform's processes whose command line holds ``name``."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and name in _command_line(entry):
                found.append(int(entry.name))
        return found

    def kill_children(self, name: str) -> None:
        """Kill -9 those."""
        _kill(name, self.children(name))

    def kill_forked(self, name: str) -> None:
        """Kill -9 the process of this platform that is named ``name`` (as ps -o comm shows it)."""
        mine = {self.process.pid} if self.process is not None else set()
        hosts = {pid for pid in _processes() if _status(pid).get("PPid") in map(str, mine)}
        found = [
            pid
            for pid in _processes()
            if _status(pid).get("Name") == name and int(_status(pid).get("PPid", 0)) in hosts
        ]
        _kill(name, found)

    async def run_command(self, *arguments: str) -> tuple[int, str]:
        """Run a ``naru`` command to its end; return its status and all that it said."""
        process = await asyncio.create_subprocess_exec(
            *_COMMAND, *arguments, stdout=PIPE, stderr=PIPE
        )
        out, err = await process.communicate()
        return process.returncode or 0, (out + err).decode()


def _read(note: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(note.read_text())
    return found


def _kill(name: str, found: list[int]) -> None:
    assert found, f"no process {name} is running"
    for pid in found:
        os.kill(pid, signal.SIGKILL)


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _status(pid: int) -> dict[str, str]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # gone meanwhile
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _command_line(entry: Path) -> str:
    try:
        return (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:  # gone meanwhile
        return ""


@dataclass
class Person:
    """Somebody who uses the public API."""

    url: str
    email: str
    password: str = "correct horse battery staple 9"
    http: httpx2.AsyncClient = field(init=False)
    token: str = ""

    def __post_init__(self) -> None:
        self.http = httpx2.AsyncClient(base_url=f"{self.url}/api/v1", timeout=60.0)

    async def register(self) -> None:
        """Make an account and sign in."""
        account = {"email": self.email, "password": self.password}
        await self.must("POST", "/auth/register", account)
        await self.sign_in()

    async def sign_in(self) -> None:
        """Sign in."""
        account = {"email": self.email, "password": self.password}
        self.token = (await self.must("POST", "/auth/login", account))["access_token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    async def ask(self, method: str, path: str, body: Any = None) -> httpx2.Response:
        """Send a request; when the rate limit says wait, wait."""
        while True:
            answer = await self.http.request(method, path, json=body)
            if answer.status_code != httpx2.codes.TOO_MANY_REQUESTS:
                return answer
            await asyncio.sleep(float(answer.headers["Retry-After"]))

    async def must(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Send a request that has to succeed; return its answer."""
        answer = await self.ask(method, path, body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    async def upload(self, symbol: str, data: bytes) -> httpx2.Response:
        """Import a CSV file of daily bars."""
        return await self.http.post(
            "/datasets/upload",
            params={"symbol": symbol, "timeframe": "1d"},
            content=data,
            headers={"Content-Type": "text/csv"},
        )

    async def create_version(self, source: str) -> dict[str, Any]:
        """Create a strategy with one version."""
        strategy = await self.must("POST", "/strategies", {"name": "Test"})
        path = f"/strategies/{strategy['id']}/versions"
        return await self.must("POST", path, {"source": source})

    async def wait_for_end(self, backtest_id: str, patience_s: float = 60.0) -> dict[str, Any]:
        """Look at a backtest until it has ended; a 503 while an engine restarts is no answer."""
        async with asyncio.timeout(patience_s):
            while True:
                answer = await self.ask("GET", f"/backtests/{backtest_id}")
                if answer.status_code != httpx2.codes.SERVICE_UNAVAILABLE:
                    assert answer.is_success, answer.text
                    backtest: dict[str, Any] = answer.json()
                    if backtest["status"] not in {"queued", "running"}:
                        return backtest
                await asyncio.sleep(0.5)

    async def follow_jobs(self, backtest_id: str) -> list[dict[str, Any]]:
        """Return what the ``jobs`` channel says of a backtest, from first to last."""
        heard = []
        address = self.url.replace("http", "ws", 1) + "/ws"
        async with websockets.connect(address) as socket, asyncio.timeout(60):
            await socket.send(orjson.dumps({"op": "auth", "token": self.token}).decode())
            frame = {"op": "subscribe", "ch": "jobs", "from_seq": 1}
            await socket.send(orjson.dumps(frame).decode())
            async for text in socket:
                data = orjson.loads(text).get("data", {})
                if data.get("id") == backtest_id:
                    heard.append(data)
                    if data["status"] not in {"queued", "running"}:
                        break
        return heard
