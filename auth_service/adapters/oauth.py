"""Sign-in at Google (OpenID Connect), GitHub and Facebook (OAuth 2.0), through Authlib."""

import asyncio
import hmac
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import SecretStr

from auth_service.contract.errors import OAuthRefusedError
from auth_service.contract.social_logins import ProviderName
from auth_service.settings import AuthSettings
from shared.errors import UnavailableError

_DEADLINE_S = 10.0
_KEPT_S = 3600.0
_CLOCK_SKEW_S = 30
_ID_TOKEN_ALGORITHMS = ["RS256", "ES256"]
_GRAPH_VERSION = "v23.0"


@dataclass(frozen=True, slots=True)
class ExternalAccount:
    """Somebody's account elsewhere; ``issuer`` and ``subject`` together never change.

    email   only if the provider says that it has verified it
    """

    issuer: str
    subject: str
    email: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Handshake:
    """What ties a callback to the request that began it.

    verifier   PKCE code verifier (RFC 7636); ``nonce`` comes back inside the ID token
    """

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


class Provider(Protocol):
    """One place to sign in at."""

    async def authorization_url(self, handshake: Handshake) -> str:
        """Return where to send the browser. Raises UnavailableError."""
        ...

    async def identify(self, code: str, handshake: Handshake) -> ExternalAccount:
        """Trade a code for who it was issued to. Raises OAuthRefusedError, UnavailableError."""
        ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the provider knows this installation by."""

    client_id: str
    client_secret: SecretStr


@asynccontextmanager
async def _exchange(
    credentials: Credentials, code: str, token_url: str, handshake: Handshake
) -> AsyncIterator[AsyncOAuth2Client]:
    """Trade the code for a token; yield a client that sends it. Nothing follows redirects."""
    client = AsyncOAuth2Client(
        credentials.client_id,
        credentials.client_secret.get_secret_value(),
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 (a method's name)
        timeout=_DEADLINE_S,
    )
    try:
        async with client, asyncio.timeout(_DEADLINE_S):
            await client.fetch_token(
                token_url,
                grant_type="authorization_code",
                code=code,
                code_verifier=handshake.verifier,
                redirect_uri=handshake.redirect_uri,
                headers={"Accept": "application/json"},
            )
            yield client
    except (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError) as error:
        raise OAuthRefusedError from error
    except httpx2.HTTPStatusError as error:
        raise OAuthRefusedError from error
    except (httpx2.TransportError, TimeoutError) as error:
        raise UnavailableError("the sign-in provider does not answer") from error


def _authorization_url(
    credentials: Credentials, url: str, scope: str, handshake: Handshake, **more: str
) -> str:
    client = AsyncOAuth2Client(
        credentials.client_id,
        scope=scope,
        redirect_uri=handshake.redirect_uri,
        code_challenge_method="S256",
    )
    location, _ = client.create_authorization_url(
        url, state=handshake.state, code_verifier=handshake.verifier, **more
    )
    return str(location)


async def _read_json(client: AsyncOAuth2Client, url: str, **params: str) -> Any:
    response = await client.get(url, params=params)
    response.raise_for_status()
    return response.json()


@dataclass(slots=True)
class GoogleProvider:
    """OpenID Connect with discovery; would do for any such provider."""

    credentials: Credentials
    issuer: str
    _documents: dict[str, tuple[Any, float]] = field(default_factory=dict)

    async def authorization_url(self, handshake: Handshake) -> str:
        """Return where to send the browser."""
        metadata = await self._metadata()
        url = metadata["authorization_endpoint"]
        scope = "openid email profile"
        return _authorization_url(self.credentials, url, scope, handshake, nonce=handshake.nonce)

    async def identify(self, code: str, handshake: Handshake) -> ExternalAccount:
        """Trade a code for the person that the ID token names."""
        metadata = await self._metadata()
        async with _exchange(
            self.credentials, code, metadata["token_endpoint"], handshake
        ) as client:
            id_token = str(client.token["id_token"])
            access_token = client.token.get("access_token")
            claims = await self._verify(id_token, access_token, metadata["jwks_uri"], handshake)
        verified = claims.get("email_verified") is True
        return ExternalAccount(
            issuer=self.issuer,
            subject=str(claims["sub"]),
            email=str(claims["email"]) if verified and claims.get("email") else None,
            name=claims.get("name"),
        )

    async def _verify(
        self, id_token: str, access_token: object, jwks_uri: str, handshake: Handshake
    ) -> Mapping[str, Any]:
        keys = KeySet.import_key_set(await self._read(jwks_uri))
        try:
            token = jwt.decode(id_token, keys, algorithms=_ID_TOKEN_ALGORITHMS)
        except JoseError:  # the provider may have rotated its keys since
            keys = KeySet.import_key_set(await self._read(jwks_uri, fresh=True))
            token = jwt.decode(id_token, keys, algorithms=_ID_TOKEN_ALGORITHMS)
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self.credentials.client_id},
                "nonce": {"essential": True, "value": handshake.nonce},
            },
            {
                "nonce": handshake.nonce,
                "client_id": self.credentials.client_id,
                "access_token": access_token,
            },
        )
        claims.validate(leeway=_CLOCK_SKEW_S)
        return dict(claims)

    async def _metadata(self) -> dict[str, Any]:
        metadata = await self._read(f"{self.issuer}/.well-known/openid-configuration")
        if metadata.get("issuer") != self.issuer:
            raise OAuthRefusedError("the provider calls itself by another name")
        return dict(metadata)

    async def _read(self, url: str, *, fresh: bool = False) -> Any:
        kept = self._documents.get(url)
        if kept is not None and kept[1] > time.monotonic() and not fresh:
            return kept[0]
        try:
            async with httpx2.AsyncClient(timeout=_DEADLINE_S) as client:
                response = await client.get(url)
                response.raise_for_status()
                document = response.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise UnavailableError("the sign-in provider does not answer") from error
        self._documents[url] = (document, time.monotonic() + _KEPT_S)
        return document


@dataclass(frozen=True, slots=True)
class GitHubProvider:
    """OAuth 2.0; also GitHub Enterprise, at other addresses."""

    credentials: Credentials
    url: str
    api_url: str

    async def authorization_url(self, handshake: Handshake) -> str:
        """Return where to send the browser."""
        url = f"{self.url}/login/oauth/authorize"
        return _authorization_url(self.credentials, url, "read:user user:email", handshake)

    async def identify(self, code: str, handshake: Handshake) -> ExternalAccount:
        """Trade a code for the GitHub user, whose number stays when the name changes."""
        url = f"{self.url}/login/oauth/access_token"
        async with _exchange(self.credentials, code, url, handshake) as client:
            user = await _read_json(client, f"{self.api_url}/user")
            emails = await _read_json(client, f"{self.api_url}/user/emails")
            email = next(
                (str(e["email"]) for e in emails if e["primary"] and e["verified"] is True), None
            )
            subject = str(int(user["id"]))
            name = user.get("name")
        return ExternalAccount(self.url, subject, email, name)


@dataclass(frozen=True, slots=True)
class FacebookProvider:
    """OAuth 2.0; the address is never taken as verified, since Facebook does not say so."""

    credentials: Credentials
    url: str
    graph_url: str

    async def authorization_url(self, handshake: Handshake) -> str:
        """Return where to send the browser."""
        url = f"{self.url}/{_GRAPH_VERSION}/dialog/oauth"
        return _authorization_url(self.credentials, url, "public_profile", handshake)

    async def identify(self, code: str, handshake: Handshake) -> ExternalAccount:
        """Trade a code for the person's number, which belongs to this installation's app."""
        base = f"{self.graph_url}/{_GRAPH_VERSION}"
        async with _exchange(
            self.credentials, code, f"{base}/oauth/access_token", handshake
        ) as client:
            secret = self.credentials.client_secret.get_secret_value().encode()
            token = str(client.token["access_token"]).encode()
            proof = hmac.new(secret, token, sha256).hexdigest()
            user = await _read_json(client, f"{base}/me", fields="id,name", appsecret_proof=proof)
            subject = str(user["id"])
            name = user.get("name")
        return ExternalAccount(self.url, subject, None, name)


def configured_providers(settings: AuthSettings) -> dict[ProviderName, Provider]:
    """Return the providers that have credentials."""
    found: dict[ProviderName, Provider] = {}
    if settings.google_client_id and settings.google_client_secret:
        google = Credentials(settings.google_client_id, settings.google_client_secret)
        found["google"] = GoogleProvider(google, settings.google_issuer)
    if settings.github_client_id and settings.github_client_secret:
        github = Credentials(settings.github_client_id, settings.github_client_secret)
        found["github"] = GitHubProvider(github, settings.github_url, settings.github_api_url)
    if settings.facebook_client_id and settings.facebook_client_secret:
        facebook = Credentials(settings.facebook_client_id, settings.facebook_client_secret)
        found["facebook"] = FacebookProvider(
            facebook, settings.facebook_url, settings.facebook_graph_url
        )
    return found
