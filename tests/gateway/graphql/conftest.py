"""Somebody with a strategy on the whole platform."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from gateway.app import Gateway
from shared.http.transports import connect
from tests.gateway.caller import Caller

SOURCE = '''"""Buy and hold."""

from naru import Strategy


class Hold(Strategy):
    """Buy once."""

    def on_bar(self):
        if not self.position.is_long:
            self.buy(percent=0.5)
'''


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks in GraphQL."""

    caller: Caller
    strategy_id: str

    async def send(self, **body: Any) -> httpx2.Response:
        """Send a request as it is."""
        return await self.caller.http.post("/graphql", json=body, headers=self.caller.headers)

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Return the data; fails the test on errors."""
        answer = await self.send(query=query, variables=variables)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        assert "errors" not in document, answer.text
        data: dict[str, Any] = document["data"]
        return data


@pytest.fixture(scope="session")
async def asker(platform: Gateway) -> AsyncIterator[Asker]:
    """Return a user with three strategies, the first of which has a version."""
    async with connect(None, platform) as http:
        yield await make_asker(http, "ada@example.com")


@pytest.fixture(scope="session")
async def writer(platform: Gateway) -> AsyncIterator[Asker]:
    """Return another such user, whose things tests change."""
    async with connect(None, platform) as http:
        yield await make_asker(http, "willa@example.com")


async def make_asker(http: httpx2.AsyncClient, email: str) -> Asker:
    """Register somebody and give them strategies."""
    caller = await Caller(http).register(email)
    ids = []
    for name in ("One", "Two", "Three"):
        made = await caller.call("POST", "/strategies", json={"name": name})
        ids.append(made.json()["id"])
    version = await caller.call(
        "POST", f"/strategies/{ids[0]}/versions", json={"source": SOURCE}, timeout=30
    )
    assert version.status_code == 201, version.text
    return Asker(caller, ids[0])
