"""The notification service with real engines and local providers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from notification_service.app import create_app
from notification_service.deps import NotificationDeps, Peers
from notification_service.settings import NotificationSettings
from shared.http.transports import connect
from shared.identity import IDENTITY_HEADER, IdentitySigner, Principal
from shared.ids import new_id
from tests.local_server import serve
from tests.notification_service.providers import (
    EXPO_TOKEN,
    SENDGRID_KEY,
    TWILIO_SID,
    TWILIO_TOKEN,
    Providers,
)

KEY = SecretStr("0f" * 32)


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
        database_url=SecretStr(await fresh_database("notification")),
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
async def app(settings: NotificationSettings) -> AsyncIterator[FastAPI]:
    """Return the running app. The services below are not needed by what is tested with it."""
    async with connect("http://127.0.0.1:1") as nobody:
        app = create_app(settings, Peers(auth=nobody, logic=nobody, trading=nobody))
        async with app.router.lifespan_context(app):
            yield app


@pytest.fixture
def deps(app: FastAPI) -> NotificationDeps:
    deps: NotificationDeps = app.state.deps
    return deps


@pytest.fixture
def workspace_id() -> UUID:
    return new_id()


ClientOf = Callable[[UUID | None], httpx2.AsyncClient]


@pytest.fixture
def client_of(app: FastAPI) -> ClientOf:
    """Return ``(workspace | None) -> client``; None is somebody who has not signed in."""

    def make(workspace: UUID | None) -> httpx2.AsyncClient:
        client = connect(None, app)
        if workspace is not None:
            principal = Principal(kind="session", user_id=new_id(), workspace_id=workspace)
            client.headers[IDENTITY_HEADER] = IdentitySigner(KEY).sign(principal)
        return client

    return make


@pytest.fixture
def client(client_of: ClientOf, workspace_id: UUID) -> httpx2.AsyncClient:
    return client_of(workspace_id)
