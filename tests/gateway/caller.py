"""Somebody who calls the public API over HTTP."""

from dataclasses import dataclass, field, replace
from typing import Any

import httpx2

from shared.ids import new_id

PASSWORD = "moraine-candle-42-otter"
API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Caller:
    """One person or program, with the headers that they send."""

    http: httpx2.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """The access token."""
        return self.headers["Authorization"].removeprefix("Bearer ")

    async def call(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """Send one request to the API."""
        headers = self.headers | options.pop("headers", {})
        return await self.http.request(method, f"{API}{path}", headers=headers, **options)

    async def register(self, email: str) -> "Caller":
        """Register under an address like this one, and sign in."""
        name, _, host = email.partition("@")
        account = {"email": f"{name}+{new_id().hex[-8:]}@{host}", "password": PASSWORD}
        answer = await self.call("POST", "/auth/register", json=account)
        assert answer.status_code == 202, answer.text
        answer = await self.call("POST", "/auth/login", json=account)
        assert answer.status_code == 200, answer.text
        return self.holding(answer.json()["access_token"])

    def holding(self, token: str) -> "Caller":
        """Return the same with a token."""
        return replace(self, headers={"Authorization": f"Bearer {token}"})

    async def make_key(self, *scopes: str) -> "Caller":
        """Return a program that holds a new API key of this person."""
        body = {"name": "test", "scopes": list(scopes)} if scopes else {"name": "test"}
        answer = await self.call("POST", "/api-keys", json=body)
        assert answer.status_code == 201, answer.text
        return replace(self, headers={"X-API-Key": answer.json()["key"]})
