"""No secret can be found at rest, and everything outlives a change of master key."""

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from pydantic import SecretStr
from sqlalchemy import text
from structlog.testing import capture_logs

from auth_service.app import create_app
from auth_service.client import AuthClient
from auth_service.deps import AuthDeps
from auth_service.models import Base
from auth_service.settings import AuthSettings
from shared.clock import utc_now
from shared.http.transports import connect
from shared.identity import IdentitySigner
from shared.logging import configure_logging
from shared.vault import VaultError
from tests.auth_service.visitor import PASSWORD, Visitor

ADDRESS = "203.0.113.7"
OLD, NEW = SecretStr("5a" * 32), SecretStr("a5" * 32)
LOGIN = {"email": "mina@example.com", "password": PASSWORD}
Restart = Callable[..., AbstractAsyncContextManager[Visitor]]


@pytest.fixture
def restart(settings: AuthSettings) -> Restart:
    """Return a context manager that runs the service with given master keys."""

    @asynccontextmanager
    async def run(master_key: SecretStr, *previous: SecretStr) -> AsyncIterator[Visitor]:
        keys = {"master_key": master_key, "previous_master_keys": previous}
        app = create_app(settings.model_copy(update=keys))
        identities = IdentitySigner(master_key)
        async with app.router.lifespan_context(app), connect(None, app) as http:
            yield Visitor(http, AuthClient(http, identities), identities)

    return run


def _code(secret: str) -> str:
    padded = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return TOTP(padded, 6, SHA1(), 30).generate(int(utc_now().timestamp())).decode()


@pytest.mark.asvs("11.1.1", "13.3.1")
async def test_everything_outlives_a_change_of_master_key(restart: Restart) -> None:
    async with restart(OLD) as visitor:
        password = await visitor.client.ensure_first_user("mina@example.com")
        assert password is not None
        login = LOGIN | {"password": password}
        mina = await visitor.sign_in(password=password)
        key = (await mina.call("POST", "/api-keys", {})).json()["key"]
        secret = (await mina.call("POST", "/auth/mfa/enroll")).json()["secret"]
        done = await mina.call("POST", "/auth/mfa/verify", {"code": _code(secret)})
        codes = done.json()["recovery_codes"]

    async with restart(NEW, OLD) as visitor:
        answer = await visitor.call("POST", "/auth/login", login | {"code": codes[0]})
        assert answer.status_code == 200
        mina.http, mina.client, mina.identities = visitor.http, visitor.client, visitor.identities
        first = await mina.call("POST", "/admin/master-key/rewrap")
        again = await mina.call("POST", "/admin/master-key/rewrap")
        assert (first.json(), again.json()) == ({"moved_count": 3}, {"moved_count": 0})

    async with restart(NEW) as visitor:
        principal = (await visitor.client.check_key(key, ADDRESS)).principal
        assert principal.user_id == mina.principal.user_id
        answer = await visitor.call("POST", "/auth/login", login | {"code": codes[1]})
        assert answer.status_code == 200
        mina.http, mina.identities = visitor.http, visitor.identities
        assert (await mina.call("GET", "/audit-log/verify")).json()["intact"] is True


async def test_without_the_key_the_service_does_not_start(restart: Restart) -> None:
    async with restart(OLD):
        pass

    with pytest.raises(VaultError):
        async with restart(NEW):
            pass


@pytest.mark.asvs("13.3.2", "14.2.4", "16.2.5")
async def test_known_secrets_are_in_no_table_and_no_log(visitor: Visitor, deps: AuthDeps) -> None:
    configure_logging("DEBUG", colors=False)
    with capture_logs() as logged:
        canaries = await _use_every_secret(visitor)
    configure_logging("WARNING", colors=False)

    dump = ""
    async with deps.units_of_work() as work:
        for table in Base.metadata.sorted_tables:
            rows = await work.session.scalars(text(f"SELECT t::text FROM {table.fullname} t"))
            dump += "\n".join(rows)

    haystack = dump + repr(logged)
    assert "mina@example.com" in haystack
    assert "session.started" in [entry["event"] for entry in logged]
    found = [
        canary for canary in canaries if canary in haystack or canary.encode().hex() in haystack
    ]
    assert found == []


async def _use_every_secret(visitor: Visitor) -> list[str]:
    headers = {"Idempotency-Key": "once"}
    mina = await visitor.register()
    assert mina.pair is not None
    key = (await mina.call("POST", "/api-keys", {}, headers=headers)).json()["key"]
    enrolled = (await mina.call("POST", "/auth/mfa/enroll")).json()["secret"]
    done = await mina.call("POST", "/auth/mfa/verify", {"code": _code(enrolled)})
    await mina.call(
        "POST",
        "/auth/password/change",
        {"current_password": PASSWORD, "new_password": "granite-lantern-77-heron"},
        headers={"Idempotency-Key": "change"},
    )
    successor = (await mina.refresh()).json()["refresh_token"]
    seed = base64.b32decode(enrolled + "=" * (-len(enrolled) % 8))
    return [
        PASSWORD,
        "granite-lantern-77-heron",
        key,
        mina.pair.refresh_token,
        mina.pair.access_token,
        successor,
        enrolled,
        seed.hex(),
        *done.json()["recovery_codes"],
    ]
