"""The notification service with real engines and local providers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from auth_service.app import create_app as create_auth_app
from auth_service.client import AuthClient
from auth_service.settings import AuthSettings
from notification_service.app import create_app
from notification_service.deps import NotificationDeps, Peers
from notification_service.settings import NotificationSettings
from shared.http.transports import connect
from shared.identity import IDENTITY_HEADER, IdentitySigner, Principal
from shared.ids import new_id, parse_public_id
from tests.local_server import serve
from tests.notification_service.providers import (
    EXPO_TOKEN,
    SENDGRID_KEY,
    TWILIO_SID,
    TWILIO_TOKEN,
    Providers,
)

KEY = SecretStr("0f" * 32)
SMS_A_DAY = 2


@pytest.fixture
async def providers() -> Providers:
    return Providers()


@pytest.fixture
async def providers_url(providers: Providers) -> AsyncIterator[str]:
    async with serve(providers.app()) as url:
        yield url


@pytest.fixture
async def settings(
    fresh_database: Callable[..., Awaitable[str]],
    redis_url: str,
    tmp_path: Path,
    providers_url: str,
) -> NotificationSettings:
    return NotificationSettings(
        database_url=SecretStr(await fresh_database("auth", "notification")),
        redis_url=SecretStr(redis_url),
        master_key=KEY,
        state_dir=tmp_path,
        sendgrid_api_key=SecretStr(SENDGRID_KEY),
        sendgrid_api_url=providers_url,
        expo_api_url=providers_url,
        expo_access_token=SecretStr(EXPO_TOKEN),
        twilio_account_sid=TWILIO_SID,
        twilio_auth_token=SecretStr(TWILIO_TOKEN),
        twilio_from="+15005550006",
        twilio_api_url=providers_url,
        webhook_private_hosts=True,
        send_timeout_s=5.0,
    )


@pytest.fixture
async def auth_app(settings: NotificationSettings, tmp_path: Path) -> AsyncIterator[FastAPI]:
    """Return the real auth service, whose free plan has two text messages a day."""
    plans = files("auth_service").joinpath("plans.toml").read_text()
    plans_file = tmp_path / "plans.toml"
    plans_file.write_text(plans.replace("sms_per_day = 0", f"sms_per_day = {SMS_A_DAY}", 1))
    auth = create_auth_app(
        AuthSettings(
            database_url=settings.database_url,
            redis_url=settings.redis_url,
            master_key=KEY,
            state_dir=tmp_path,
            plans_file=plans_file,
            answer_beat_s=0.01,
            password_memory_kib=1024,
        )
    )
    async with auth.router.lifespan_context(auth):
        yield auth


@pytest.fixture
async def auth_http(auth_app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Return a connection to the auth service."""
    async with connect(None, auth_app) as http:
        yield http


@pytest.fixture
def auth(auth_http: httpx2.AsyncClient) -> AuthClient:
    return AuthClient(auth_http, IdentitySigner(KEY))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has an account, and their own workspace."""

    user_id: UUID
    workspace_id: UUID
    email: str


Register = Callable[[str], Awaitable[Person]]


@pytest.fixture
def register(auth_http: httpx2.AsyncClient, auth: AuthClient) -> Register:
    """Return ``await register(email)``, which registers as people do."""

    async def make(email: str) -> Person:
        asked = {"email": email, "password": "moraine-candle-42-otter"}
        (await auth_http.post("/auth/register", json=asked)).raise_for_status()
        events = (await auth.read_events(0, 1000)).events
        registered = [event for event in events if event.name == "auth.user.registered"][-1]
        user_id = parse_public_id("usr", registered.payload["user_id"])
        assert user_id is not None
        return Person(user_id, registered.workspace_id, email)

    return make


@pytest.fixture
async def app(
    settings: NotificationSettings, auth_http: httpx2.AsyncClient
) -> AsyncIterator[FastAPI]:
    """Return the running app. Logic and trading are not needed by what is tested with it."""
    async with connect("http://127.0.0.1:1") as nobody:
        app = create_app(settings, Peers(auth=auth_http, logic=nobody, trading=nobody))
        async with app.router.lifespan_context(app):
            yield app


@pytest.fixture
def deps(app: FastAPI) -> NotificationDeps:
    deps: NotificationDeps = app.state.deps
    return deps


@pytest.fixture
async def person(register: Register) -> Person:
    return await register("mina@example.com")


@pytest.fixture
def workspace_id(person: Person) -> UUID:
    return person.workspace_id


ClientOf = Callable[[UUID | None], httpx2.AsyncClient]


@pytest.fixture
def client_of(app: FastAPI, person: Person) -> ClientOf:
    """Return ``(workspace | None) -> client``; None is somebody who has not signed in."""

    def make(workspace: UUID | None) -> httpx2.AsyncClient:
        client = connect(None, app)
        if workspace is not None:
            own = workspace == person.workspace_id
            user_id = person.user_id if own else new_id()
            principal = Principal(kind="session", user_id=user_id, workspace_id=workspace)
            client.headers[IDENTITY_HEADER] = IdentitySigner(KEY).sign(principal)
        return client

    return make


@pytest.fixture
def client(client_of: ClientOf, workspace_id: UUID) -> httpx2.AsyncClient:
    return client_of(workspace_id)
