"""A sign-in provider on a loopback port: Google, GitHub and Facebook in one, honest or not."""

import base64
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.clock import utc_now

CLIENT_ID, CLIENT_SECRET = "naru-test", "not-a-secret"


@dataclass
class StubProvider:
    """What the person approves, and how the provider misbehaves.

    claims     replace those of the honest ID token; None leaves one out
    codes      code -> PKCE challenge and redirect address that it was issued for
    """

    url: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))
    signing_key: RSAKey | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    emails: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"email": "mina@example.com", "primary": True, "verified": True},
        ]
    )
    token_status: int = 200
    issuer: str | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key_reads: int = 0
    _numbers: Iterator[int] = field(default_factory=count)

    def app(self) -> Starlette:
        """Return the provider's HTTP side."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/jwks", self._jwks),
                Route("/token", self._token, methods=["POST"]),
                Route("/login/oauth/access_token", self._token, methods=["POST"]),
                Route("/v23.0/oauth/access_token", self._token, methods=["POST"]),
                Route("/user", self._github_user),
                Route("/user/emails", self._github_emails),
                Route("/v23.0/me", self._facebook_me),
            ]
        )

    def approve(self, page: str) -> dict[str, str]:
        """Act as the person who signs in at ``page``; return the callback's query."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(page).query).items()}
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = f"code-{next(self._numbers)}"
        self.codes[code] = query
        return {"code": code, "state": query["state"]}

    async def _metadata(self, request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer or self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
            }
        )

    async def _jwks(self, request: Request) -> Response:
        self.key_reads += 1
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _token(self, request: Request) -> Response:
        if self.token_status != 200:
            return JSONResponse({"error": "server_error"}, self.token_status)
        form = await request.form()
        issued = self.codes.pop(str(form["code"]), None)
        digest = sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        honest = (
            issued is not None
            and issued["code_challenge"] == challenge
            and issued["redirect_uri"] == form["redirect_uri"]
            and form["client_secret"] == CLIENT_SECRET
        )
        if not honest or issued is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        answer = {"access_token": "at-1", "token_type": "Bearer", "expires_in": 3600}
        if "nonce" in issued:
            answer["id_token"] = self._id_token(issued["nonce"])
        return JSONResponse(answer)

    def _id_token(self, nonce: str) -> str:
        now = int(utc_now().timestamp())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": "1001",
            "iat": now,
            "exp": now + 600,
            "nonce": nonce,
            "email": "mina@example.com",
            "email_verified": True,
            "name": "Mina",
        } | self.claims
        kept = {name: value for name, value in claims.items() if value is not None}
        key = self.signing_key or self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid}, kept, key)

    async def _github_user(self, request: Request) -> Response:
        assert request.headers["Authorization"] == "Bearer at-1"
        return JSONResponse({"id": 1001, "login": "mina", "name": None})

    async def _github_emails(self, request: Request) -> Response:
        return JSONResponse(self.emails)

    async def _facebook_me(self, request: Request) -> Response:
        proof = hmac.new(CLIENT_SECRET.encode(), b"at-1", sha256).hexdigest()
        assert request.query_params["appsecret_proof"] == proof
        return JSONResponse({"id": "77", "name": "Mina"})
