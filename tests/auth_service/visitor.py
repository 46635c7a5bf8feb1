"""Somebody who calls the API: with tokens checked and identity signed as the gateway does it."""

from dataclasses import dataclass, replace
from typing import Any

import httpx2

from auth_service.client import AuthClient
from auth_service.contract.accounts import TokenPair
from auth_service.contract.tokens import TokenKeys, verify_access_token
from shared.identity import ANONYMOUS, IDENTITY_HEADER, IdentitySigner, Principal

PASSWORD = "moraine-candle-42-otter"


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
