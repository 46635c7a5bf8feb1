"""The main job as a program of the public's own would do it: REST, and WebSocket for progress."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import orjson
import websockets

from naru.cli.sample_bars import SYMBOL, daily_bars_csv

_ENDED = {"finished", "failed", "cancelled"}
_PATIENCE_S = 60.0


class DemoError(Exception):
    """The platform refused something that the demo takes for granted."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo left behind.

    backtest   as GET /backtests/{id} answers
    equity     as GET /backtests/{id}/equity answers
    report     the HTML page
    """

    email: str
    password: str
    backtest: dict[str, Any]
    equity: dict[str, Any]
    report: str


class DemoJob:
    """Signs up, imports bars, uploads a strategy, runs it, reads the results."""

    def __init__(self, url: str, source: str) -> None:
        self._url = url
        self._source = source
        self._http = httpx2.AsyncClient(base_url=f"{url}/api/v1", timeout=60.0)

    async def run(self, step: Callable[[str], None], progress: Callable[[float], None]) -> Demo:
        """Do the job. Raises DemoError."""
        async with self._http:
            step("registering a demo user")
            email, password = f"demo-{secrets.token_hex(4)}@naru.local", secrets.token_urlsafe(15)
            await self._ask("POST", "/auth/register", {"email": email, "password": password})
            tokens = await self._ask("POST", "/auth/login", {"email": email, "password": password})
            self._http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
            step(f"importing daily bars of {SYMBOL}")
            await self._import_bars()
            step("uploading examples/sma_cross.py")
            strategy = await self._ask("POST", "/strategies", {"name": "Moving average cross"})
            path = f"/strategies/{strategy['id']}/versions"
            version = await self._ask("POST", path, {"source": self._source})
            step("running a backtest")
            backtest = await self._backtest(version["id"], tokens["access_token"], progress)
            step("reading the results")
            path = f"/backtests/{backtest['id']}"
            equity = await self._ask("GET", f"{path}/equity?points=400")
            report = await self._http.get(f"{path}/report")
            return Demo(email, password, backtest, equity, report.text)

    async def _import_bars(self) -> None:
        answer = await self._http.post(
            "/datasets/upload",
            params={"symbol": SYMBOL, "timeframe": "1d"},
            content=daily_bars_csv(),
            headers={"Content-Type": "text/csv"},
        )
        _check(answer)

    async def _backtest(
        self, version_id: str, token: str, progress: Callable[[float], None]
    ) -> dict[str, Any]:
        """Ask for the run and follow it over the WebSocket, so that no polling is needed."""
        address = self._url.replace("http", "ws", 1) + "/ws"
        async with websockets.connect(address) as socket, asyncio.timeout(_PATIENCE_S):
            await socket.send(orjson.dumps({"op": "auth", "token": token}).decode())
            await socket.send(orjson.dumps({"op": "subscribe", "ch": "jobs"}).decode())
            await _until_subscribed(socket)
            asked = {
                "version_id": version_id,
                "symbols": [SYMBOL],
                "config": {"commission_bps": "10"},
            }
            backtest = await self._ask("POST", "/backtests", asked)
            async for frame in socket:
                message = orjson.loads(frame).get("data", {})
                if message.get("id") == backtest["id"]:
                    progress(message["progress"])
                    if message["status"] in _ENDED:
                        break
        ended = await self._ask("GET", f"/backtests/{backtest['id']}")
        if ended["status"] != "finished":
            raise DemoError(f"the backtest ended as {ended['status']}: {ended['problem']}")
        return ended

    async def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = await self._http.request(method, path, json=body)
        return _check(answer)


async def _until_subscribed(socket: websockets.ClientConnection) -> None:
    async for frame in socket:
        if orjson.loads(frame).get("op") == "subscribed":
            return


def _check(answer: httpx2.Response) -> dict[str, Any]:
    if answer.is_error:
        raise DemoError(f"{answer.request.method} {answer.request.url.path}: {answer.text}")
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found
