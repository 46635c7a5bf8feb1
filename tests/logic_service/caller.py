"""Somebody who calls the logic service, and the sources they bring along."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2
from pydantic import SecretStr

from shared.identity import ANONYMOUS, IDENTITY_HEADER, IdentitySigner, Principal
from shared.ids import new_id

PATIENCE_S = 60.0
MASTER_KEY = SecretStr("10" * 32)

HOLD = '''"""Kept for the tests."""
from naru import Strategy, param


class Hold(Strategy):
    """Buy once and hold."""

    percent = param(0.5, low=0.1, high=1.0)

    def on_bar(self):
        if not self.position:
            self.log("buying")
            self.buy(percent=self.percent)
'''
VECTOR = """from naru import vector


@vector(level=0.5)
def half(data, level):
    \"\"\"Half in, always.\"\"\"
    return (data.close > 0) * level
"""
REFUSED = """import os
from naru import Strategy


class Bad(Strategy):
    def on_bar(self):
        eval("1")
"""


@dataclass
class Caller:
    """One person of one workspace, or one of our services acting for it."""

    http: httpx2.AsyncClient
    workspace_id: UUID = field(default_factory=new_id)

    @property
    def person(self) -> Principal:
        """The person's identity."""
        return Principal(kind="session", user_id=self.workspace_id, workspace_id=self.workspace_id)

    @property
    def service(self) -> Principal:
        """The identity of a service that acts for the workspace."""
        return Principal.service("tests", self.workspace_id)

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        principal: Principal | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """Send one request with the identity header that the gateway would add."""
        identity = IdentitySigner(MASTER_KEY).sign(principal or self.person)
        signed = {IDENTITY_HEADER: identity} | (headers or {})
        return await self.http.request(method, path, json=body, headers=signed, timeout=PATIENCE_S)

    async def anonymous(self, method: str, path: str) -> httpx2.Response:
        """Send one request that nobody has signed for."""
        return await self.call(method, path, principal=ANONYMOUS)

    async def create(self, name: str = "Crossing") -> dict[str, Any]:
        """Create a strategy."""
        answer = await self.call("POST", "/strategies", {"name": name})
        assert answer.status_code == 201, answer.text
        strategy: dict[str, Any] = answer.json()
        return strategy

    async def upload(self, strategy_id: str, source: str = HOLD) -> dict[str, Any]:
        """Upload a version that is accepted."""
        answer = await self.call("POST", f"/strategies/{strategy_id}/versions", {"source": source})
        assert answer.status_code in {200, 201}, answer.text
        version: dict[str, Any] = answer.json()
        return version

    async def create_with(self, *sources: str) -> str:
        """Create a strategy with these versions; return its id."""
        strategy_id = str((await self.create())["id"])
        for source in sources:
            await self.upload(strategy_id, source)
        return strategy_id
