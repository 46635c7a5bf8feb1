"""Somebody who calls the data service, and the bars they bring along."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2
import numpy as np
from pydantic import SecretStr

from naru.bars import Bars, timeframe_ns
from shared.bar_files import write_bars
from shared.identity import ANONYMOUS, IDENTITY_HEADER, IdentitySigner, Principal
from shared.ids import new_id

PATIENCE_S = 60.0
MASTER_KEY = SecretStr("da" * 32)
START_NS = 1_600_041_600 * 10**9
"""2020-09-14, a Monday."""


def make_bars(
    symbol: str = "ACME",
    count: int = 10,
    *,
    timeframe: str = "1d",
    start_ns: int = START_NS,
    base: float = 100.0,
) -> Bars:
    """Return bars without gaps whose values tell their place; prices have awkward decimals."""
    place = np.arange(count)
    close = base + place * 0.1
    return Bars(
        symbol,
        timeframe,
        start_ns + place * timeframe_ns(timeframe),
        close - 0.05,
        close + 0.3,
        close - 0.3,
        close,
        1000.0 + place,
    )


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
        self, method: str, path: str, *, principal: Principal | None = None, **options: Any
    ) -> httpx2.Response:
        """Send one request with the identity header that the gateway would add."""
        identity = IdentitySigner(MASTER_KEY).sign(principal or self.person)
        headers = {IDENTITY_HEADER: identity} | options.pop("headers", {})
        return await self.http.request(method, path, headers=headers, timeout=PATIENCE_S, **options)

    async def anonymous(self, method: str, path: str) -> httpx2.Response:
        """Send one request that nobody has signed for."""
        return await self.call(method, path, principal=ANONYMOUS)

    async def send(self, content: bytes, kind: str = "text/csv", **params: str) -> httpx2.Response:
        """Upload the bytes of a file."""
        return await self.call(
            "POST",
            "/datasets/upload",
            params=params,
            content=content,
            headers={"Content-Type": kind},
        )

    async def upload(self, bars: Bars) -> dict[str, Any]:
        """Upload bars as Parquet; fails the test when they are refused."""
        answer = await self.send(write_bars(bars), "application/vnd.apache.parquet")
        assert answer.status_code == 201, answer.text
        report: dict[str, Any] = answer.json()
        return report
