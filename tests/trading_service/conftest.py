"""The trading service on real engines, with the real data and logic services below it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import numpy as np
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from auth_service.app import create_app as create_auth_app
from auth_service.models import WorkspaceRow
from auth_service.settings import AuthSettings
from data_service.app import create_app as create_data_app
from data_service.settings import DataSettings
from logic_service.app import create_app as create_logic_app
from logic_service.settings import LogicSettings
from naru.bars import Bars
from shared.bar_files import write_bars
from shared.http.transports import connect
from shared.identity import IDENTITY_HEADER, IdentitySigner, Principal
from shared.ids import new_id, parse_public_id
from trading_service.app import create_app
from trading_service.backtests.tasks import run_backtest
from trading_service.deps import Peers, TradingDeps
from trading_service.settings import TradingSettings

KEY = SecretStr("1e" * 32)
DAY_NS = 86_400 * 10**9

SMA_CROSS = """
from naru import Strategy, param, ta

class SmaCross(Strategy):
    fast = param(5, low=2, high=200)
    slow = param(20, low=5, high=400)

    def init(self):
        self.fast_ma = self.indicator(ta.sma, self.data.close, self.fast)
        self.slow_ma = self.indicator(ta.sma, self.data.close, self.slow)

    def on_bar(self):
        if ta.crossover(self.fast_ma, self.slow_ma):
            self.log("up")
            self.buy(percent=0.95)
        elif ta.crossover(self.slow_ma, self.fast_ma):
            self.position.close()
"""


def wave(symbol: str = "WAVE", count: int = 400) -> Bars:
    """Return bars whose closes swing, so that averages cross."""
    place = np.arange(count)
    close = 100 + 10 * np.sin(place / 15) + place / 100
    return Bars(
        symbol=symbol,
        timeframe="1d",
        ts=place * DAY_NS + 1_600_000_000 * 10**9,
        open=close - 0.5,
        high=close + 1.0,
        low=close - 1.0,
        close=close,
        volume=np.full(count, 1000.0),
    )


@dataclass(frozen=True, slots=True)
class Accounts:
    """The auth service's side: workspaces, plans, meters."""

    app: FastAPI

    async def open_workspace(self, plan: str = "free") -> UUID:
        """Make a workspace."""
        row = WorkspaceRow(id=new_id(), name="Test", kind="personal", plan=plan)
        async with self.app.state.deps.units_of_work() as work:
            work.session.add(row)
        return row.id

    async def subscribe(self, workspace_id: UUID, plan: str, **allowances: int) -> None:
        """Put a workspace on a plan."""
        admin = replace(_person(workspace_id), role="admin")
        async with connect(None, self.app) as http:
            http.headers[IDENTITY_HEADER] = IdentitySigner(KEY).sign(admin)
            tag = (await http.get("/subscription")).headers["ETag"]
            body = {"plan": plan, "allowances": allowances}
            answer = await http.put("/subscription", json=body, headers={"If-Match": tag})
            assert answer.status_code == 200, answer.text

    async def cpu_ms(self, workspace_id: UUID) -> tuple[int, int]:
        """Return what is used and what is set aside of the day's processor time."""
        async with client_for(self.app, workspace_id) as http:
            meter = (await http.get("/usage")).json()["meters"][0]
        assert meter["meter"] == "sandbox_cpu_ms"
        return meter["used"], meter["reserved"]


@dataclass
class Platform:
    """The three services and a signed-in caller."""

    app: FastAPI
    data: httpx2.AsyncClient
    logic: httpx2.AsyncClient
    trading: httpx2.AsyncClient
    workspace_id: UUID
    accounts: Accounts

    @property
    def deps(self) -> TradingDeps:
        """The trading service's deps, as its tasks get them."""
        deps: TradingDeps = self.app.state.deps
        return deps

    async def upload(self, bars: Bars) -> None:
        """Import bars."""
        answer = await self.data.post(
            "/datasets/upload",
            params={"symbol": bars.symbol, "timeframe": bars.timeframe},
            content=write_bars(bars),
            headers={"Content-Type": "application/vnd.apache.parquet"},
        )
        assert answer.status_code == 201, answer.text

    async def create_version(self, source: str = SMA_CROSS) -> str:
        """Create a strategy with one version; return the version's public id."""
        strategy = (await self.logic.post("/strategies", json={"name": "Test"})).json()
        answer = await self.logic.post(
            f"/strategies/{strategy['id']}/versions", json={"source": source}
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def ask(self, version_id: str, **more: Any) -> httpx2.Response:
        """Ask for a backtest on the wave."""
        body = {"version_id": version_id, "symbols": ["WAVE"]} | more
        return await self.trading.post("/backtests", json=body)

    async def run(self, backtest_id: str) -> dict[str, Any]:
        """Do the worker's job for one backtest; return it as the public sees it then."""
        found = parse_public_id("bt", backtest_id)
        assert found is not None
        await run_backtest.run(self.deps, found)
        answer: dict[str, Any] = (await self.trading.get(f"/backtests/{backtest_id}")).json()
        return answer


ClientOf = Callable[[UUID | None], httpx2.AsyncClient]


@pytest.fixture
async def platform(
    fresh_database: Callable[..., Awaitable[str]], redis_url: str, tmp_path: Path
) -> AsyncIterator[Platform]:
    """Return the running services and somebody who has a workspace."""
    base: dict[str, Any] = {
        "database_url": SecretStr(await fresh_database("auth", "data", "logic", "trading")),
        "redis_url": SecretStr(redis_url),
        "master_key": KEY,
        "state_dir": tmp_path,
    }
    data_app = create_data_app(DataSettings(**base))
    logic_app = create_logic_app(LogicSettings(**base))
    auth_app = create_auth_app(AuthSettings(**base))
    peers = Peers(
        auth=connect(None, auth_app), logic=connect(None, logic_app), data=connect(None, data_app)
    )
    trading_app = create_app(TradingSettings(**base), peers)
    async with AsyncExitStack() as stack:
        for app in (auth_app, data_app, logic_app, trading_app):
            await stack.enter_async_context(app.router.lifespan_context(app))
        accounts = Accounts(auth_app)
        workspace_id = await accounts.open_workspace()
        clients = [client_for(app, workspace_id) for app in (data_app, logic_app, trading_app)]
        yield Platform(trading_app, *clients, workspace_id, accounts)


def client_for(app: FastAPI, workspace_id: UUID | None) -> httpx2.AsyncClient:
    """Return a client of somebody with this workspace, or of nobody."""
    client = connect(None, app)
    client.timeout = 60.0  # many at the same time, on a machine that does other things besides
    if workspace_id is not None:
        client.headers[IDENTITY_HEADER] = IdentitySigner(KEY).sign(_person(workspace_id))
    return client


def _person(workspace_id: UUID) -> Principal:
    return Principal(kind="session", user_id=new_id(), workspace_id=workspace_id)


@pytest.fixture
def client_of(platform: Platform) -> ClientOf:
    """Return ``(workspace | None) -> client`` of the trading service."""
    return lambda workspace_id: client_for(platform.app, workspace_id)
