"""Somebody who calls the API: with tokens checked and identity signed as the gateway does it."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import httpx2

from auth_service.client import AuthClient
from auth_service.contract.accounts import TokenPair
from auth_service.contract.tokens import TokenKeys, verify_access_token
from shared.identity import ANONYMOUS, IDENTITY_HEADER, IdentitySigner, Principal

PASSWORD = "moraine-candle-42-otter"
ANY_STATE = {"If-Match": "*"}


@dataclass(slots=True)
class Visitor:
    """One person at one device; `register` and `sign_in` return copies that are signed in."""

    http: httpx2.AsyncClient
    client: AuthClient
    identities: IdentitySigner
    address: str = "203.0.113.7"
    user_agent: str = "pytest"
    pair: TokenPair | None = None
    principal: Principal = ANONYMOUS

    async def call(
        self, method: str, path: str, body: Any = None, **options: Any
    ) -> httpx2.Response:
        """Send one request with the identity header that the gateway would add."""
        headers = {
            IDENTITY_HEADER: self.identities.sign(replace(self.principal, address=self.address)),
            "User-Agent": self.user_agent,
        } | options.pop("headers", {})
        return await self.http.request(method, path, json=body, headers=headers, **options)

    async def register(
        self, email: str = "mina@example.com", password: str = PASSWORD
    ) -> "Visitor":
        """Register and sign in."""
        answer = await self.call("POST", "/auth/register", {"email": email, "password": password})
        assert answer.status_code == 202, answer.text
        return await self.sign_in(email, password)

    async def sign_in(self, email: str = "mina@example.com", password: str = PASSWORD) -> "Visitor":
        """Sign in; fails the test when that is refused."""
        answer = await self.call("POST", "/auth/login", {"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        return await self.holding(TokenPair.model_validate(answer.json()))

    async def holding(self, pair: TokenPair) -> "Visitor":
        """Return the same person with these tokens."""
        keys = TokenKeys(await self.client.jwks())
        return replace(self, pair=pair, principal=verify_access_token(pair.access_token, keys))

    async def refresh(self, token: str | None = None) -> httpx2.Response:
        """Trade a refresh token, by default the one at hand."""
        assert self.pair is not None
        return await self.call(
            "POST", "/auth/refresh", {"refresh_token": token or self.pair.refresh_token}
        )

    async def switch(self, workspace_id: str) -> "Visitor":
        """Return the same person acting in another workspace."""
        answer = await self.call("POST", f"/workspaces/{workspace_id}/switch")
        assert answer.status_code == 200, answer.text
        assert self.pair is not None
        token = answer.json()["access_token"]
        return await self.holding(self.pair.model_copy(update={"access_token": token}))


async def mails(client: AuthClient, kind: str) -> list[str | None]:
    """Return the link ids of the mails of a kind that were asked for."""
    events = (await client.read_events(0, 100)).events
    wanted = [event for event in events if event.name == "auth.mail.requested"]
    return [event.payload["link_id"] for event in wanted if event.payload["kind"] == kind]


async def mailed_token(client: AuthClient, kind: str) -> str:
    """Return the token in the newest mail of a kind."""
    link_id = (await mails(client, kind))[-1]
    assert link_id is not None
    link = await client.mail_link(UUID(link_id))
    assert link.url is not None
    assert link.url.startswith("http://127.0.0.1:8000/api/v1/")
    return link.url.partition("#token=")[2]
