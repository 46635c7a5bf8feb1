"""What the gateway keeps of the auth service: keys, changes, and API keys for a minute."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from auth_service.client import AuthClient, Authenticator
from auth_service.contract.api_keys import KeyHolder
from auth_service.contract.errors import ApiKeyInvalidError, TokenInvalidError
from auth_service.contract.revocations import RevocationBatch
from auth_service.deps import AuthDeps
from auth_service.settings import AuthSettings
from auth_service.signing_keys.service import SigningKeyService
from shared.errors import UnavailableError
from shared.http.transports import connect
from shared.identity import IdentitySigner
from shared.redis import connect_redis
from shared.together import stop
from tests.auth_service.visitor import Visitor

ADDRESS = "203.0.113.7"


class CountingClient(AuthClient):
    """Counts what is asked of the service; its feed can be cut off."""

    key_checks = 0
    key_sets = 0
    is_cut_off = False

    async def revocations(self, after: int) -> RevocationBatch:
        if self.is_cut_off:
            raise UnavailableError
        return await super().revocations(after)

    async def check_key(self, key: str, address: str | None) -> KeyHolder:
        self.key_checks += 1
        return await super().check_key(key, address)

    async def jwks(self) -> dict[str, Any]:
        self.key_sets += 1
        return await super().jwks()


@pytest.fixture
def counting(app: FastAPI, settings: AuthSettings) -> CountingClient:
    return CountingClient(connect(None, app), IdentitySigner(settings.master_key))


@pytest.fixture
async def authenticator(
    counting: CountingClient, settings: AuthSettings
) -> AsyncIterator[Authenticator]:
    redis = connect_redis(settings)
    yield Authenticator(counting, redis)
    await redis.aclose()


@pytest.fixture
async def following(authenticator: Authenticator) -> AsyncIterator[Authenticator]:
    task = asyncio.create_task(authenticator.run_forever())
    yield authenticator
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def unheard(counting: CountingClient, settings: AuthSettings) -> AsyncIterator[Authenticator]:
    """Return an authenticator that follows the feed without Redis."""
    nowhere = settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1")})
    redis = connect_redis(nowhere)
    authenticator = Authenticator(counting, redis)
    task = asyncio.create_task(authenticator.run_forever())
    yield authenticator
    await stop([task])
    await redis.aclose()


async def _refused(authenticator: Authenticator, credential: str) -> bool:
    """Return once a credential is refused: how soon depends on the machine, too."""
    async with asyncio.timeout(60):
        while True:
            try:
                await authenticator.authenticate(credential, ADDRESS)
            except (TokenInvalidError, ApiKeyInvalidError):
                return True
            await asyncio.sleep(0)


async def test_tokens_are_checked_without_asking_again(
    authenticator: Authenticator, counting: CountingClient, visitor: Visitor
) -> None:
    mina = await visitor.register()
    assert mina.pair is not None

    for _ in range(5):
        principal = await authenticator.authenticate(mina.pair.access_token, ADDRESS)

    assert principal == mina.principal
    assert counting.key_sets == 1


async def test_nonsense_does_not_make_it_fetch_keys_for_ever(
    authenticator: Authenticator, counting: CountingClient, visitor: Visitor
) -> None:
    mina = await visitor.register()
    assert mina.pair is not None
    header = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6Im5vbmUifQ"
    forged = ".".join([header, *mina.pair.access_token.split(".")[1:]])

    for _ in range(5):
        with pytest.raises(TokenInvalidError):
            await authenticator.authenticate(forged, ADDRESS)

    assert counting.key_sets == 1


async def test_logout_counts_soon(following: Authenticator, visitor: Visitor) -> None:
    mina = await visitor.register()
    assert mina.pair is not None
    await following.authenticate(mina.pair.access_token, ADDRESS)

    await mina.call("POST", "/auth/logout")

    assert await _refused(following, mina.pair.access_token)


async def test_logout_counts_soon_without_redis(unheard: Authenticator, visitor: Visitor) -> None:
    mina = await visitor.register()
    assert mina.pair is not None
    await unheard.authenticate(mina.pair.access_token, ADDRESS)

    await mina.call("POST", "/auth/logout")

    assert await _refused(unheard, mina.pair.access_token)


async def _rested(authenticator: Authenticator) -> None:
    async with asyncio.timeout(60):
        while not authenticator.rests:
            await asyncio.sleep(0.01)


async def test_whoever_asks_first_after_a_rest_is_judged_by_what_has_happened_since(
    unheard: Authenticator, visitor: Visitor
) -> None:
    mina = await visitor.register()
    assert mina.pair is not None
    await unheard.authenticate(mina.pair.access_token, ADDRESS)
    await _rested(unheard)

    await mina.call("POST", "/auth/logout")

    asked = [unheard.authenticate(mina.pair.access_token, ADDRESS) for _ in range(3)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [TokenInvalidError] * 3


async def test_a_feed_that_cannot_be_read_after_a_rest_is_not_waited_for(
    unheard: Authenticator, counting: CountingClient, visitor: Visitor
) -> None:
    mina = await visitor.register()
    assert mina.pair is not None
    await unheard.authenticate(mina.pair.access_token, ADDRESS)
    await _rested(unheard)

    counting.is_cut_off = True

    assert await unheard.authenticate(mina.pair.access_token, ADDRESS) == mina.principal


async def test_api_keys_are_remembered_until_they_change(
    following: Authenticator, counting: CountingClient, visitor: Visitor
) -> None:
    mina = await visitor.register()
    made = (await mina.call("POST", "/api-keys", {})).json()
    for _ in range(3):
        await following.authenticate(made["key"], ADDRESS)
    assert counting.key_checks == 1
    await following.authenticate(made["key"], "198.51.100.1")
    assert counting.key_checks == 2

    await mina.call("DELETE", f"/api-keys/{made['id']}")

    assert await _refused(following, made["key"])


async def test_a_rotated_signing_key_is_fetched_and_the_old_one_still_counts(
    authenticator: Authenticator, deps: AuthDeps, visitor: Visitor, counting: CountingClient
) -> None:
    before = await visitor.register()
    async with deps.units_of_work() as work:
        await SigningKeyService(work, deps.vault).rotate()
    deps.signing_keys.forget()
    after = await visitor.sign_in()
    assert before.pair is not None
    assert after.pair is not None

    assert len((await counting.jwks())["keys"]) == 2
    for pair in (before.pair, after.pair):
        await authenticator.authenticate(pair.access_token, ADDRESS)
    assert before.pair.access_token.split(".")[0] != after.pair.access_token.split(".")[0]


async def test_nobody_is_let_in_while_changes_cannot_be_known(
    settings: AuthSettings, visitor: Visitor
) -> None:
    mina = await visitor.register()
    assert mina.pair is not None
    redis = connect_redis(settings)
    async with httpx2.AsyncClient(base_url="http://127.0.0.1:1") as nowhere:
        authenticator = Authenticator(
            AuthClient(nowhere, IdentitySigner(settings.master_key)), redis
        )
        with pytest.raises(UnavailableError):
            await authenticator.authenticate(mina.pair.access_token, ADDRESS)
    await redis.aclose()
