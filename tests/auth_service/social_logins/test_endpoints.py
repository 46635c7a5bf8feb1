"""Signing in elsewhere, over real HTTP, with a provider that behaves and one that does not."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from auth_service.adapters.oauth import configured_providers
from auth_service.client import AuthClient
from auth_service.contract.accounts import TokenPair
from auth_service.deps import AuthDeps
from tests.auth_service.social_logins.provider import CLIENT_ID, CLIENT_SECRET, StubProvider
from tests.auth_service.visitor import PASSWORD, Visitor
from tests.local_server import serve


@pytest.fixture
async def stub(app: FastAPI, deps: AuthDeps) -> AsyncIterator[StubProvider]:
    """Run the provider, and configure it as Google, GitHub and Facebook."""
    stub = StubProvider()
    async with serve(stub.app()) as url:
        stub.url = url
        secret = SecretStr(CLIENT_SECRET)
        settings = deps.settings.model_copy(
            update={
                **{f"{name}_client_id": CLIENT_ID for name in ("google", "github", "facebook")},
                **{f"{name}_client_secret": secret for name in ("google", "github", "facebook")},
                "google_issuer": url,
                "github_url": url,
                "github_api_url": url,
                "facebook_url": url,
                "facebook_graph_url": url,
            }
        )
        app.state.deps = replace(deps, settings=settings, providers=configured_providers(settings))
        yield stub


async def _page(visitor: Visitor, name: str) -> str:
    answer = await visitor.call("GET", f"/auth/oauth/{name}/authorize")
    assert answer.status_code == 302, answer.text
    location: str = answer.headers["Location"]
    return location


async def _return(visitor: Visitor, name: str, query: dict[str, str]) -> httpx2.Response:
    return await visitor.call("GET", f"/auth/oauth/{name}/callback", params=query)


async def _sign_in(visitor: Visitor, stub: StubProvider, name: str = "google") -> httpx2.Response:
    return await _return(visitor, name, stub.approve(await _page(visitor, name)))


async def _link(mina: Visitor, stub: StubProvider, name: str) -> httpx2.Response:
    begun = await mina.call("POST", f"/auth/oauth/{name}/link")
    assert begun.status_code == 200, begun.text
    return await _return(mina, name, stub.approve(begun.json()["url"]))


@pytest.mark.asvs("10.1.2", "10.2.1", "10.4.6", "10.5.1")
@pytest.mark.parametrize("name", ["google", "github"])
async def test_a_verified_address_makes_an_account_and_signs_in_again(
    visitor: Visitor, stub: StubProvider, name: str
) -> None:
    first = await _sign_in(visitor, stub, name)
    again = await _sign_in(visitor, stub, name)

    assert (first.status_code, again.status_code) == (200, 200)
    one = await visitor.holding(TokenPair.model_validate(first.json()))
    two = await visitor.holding(TokenPair.model_validate(again.json()))
    assert one.principal.user_id == two.principal.user_id
    me = (await one.call("GET", "/me")).json()
    assert (me["email"], me["email_verified"]) == ("mina@example.com", True)
    linked = (await one.call("GET", "/auth/oauth/linked")).json()["items"]
    assert [account["provider"] for account in linked] == [name]


@pytest.mark.asvs("6.8.1", "10.5.2")
async def test_the_account_is_the_subjects_whatever_the_address(
    visitor: Visitor, stub: StubProvider
) -> None:
    one = await visitor.holding(TokenPair.model_validate((await _sign_in(visitor, stub)).json()))
    stub.claims = {"email": "renamed@example.com"}
    two = await visitor.holding(TokenPair.model_validate((await _sign_in(visitor, stub)).json()))
    stub.claims = {"sub": "2002"}
    other = await _sign_in(visitor, stub)

    assert one.principal.user_id == two.principal.user_id
    assert (other.status_code, other.json()["code"]) == (409, "oauth-account-exists")


@pytest.mark.asvs("6.8.1")
async def test_an_existing_account_is_linked_by_its_owner_only(
    visitor: Visitor, stub: StubProvider
) -> None:
    mina = await visitor.register()

    refused = await _sign_in(visitor, stub)
    assert (refused.status_code, refused.json()["code"]) == (409, "oauth-account-exists")

    assert (await _link(mina, stub, "google")).status_code == 200
    signed_in = await visitor.holding(
        TokenPair.model_validate((await _sign_in(visitor, stub)).json())
    )
    assert signed_in.principal.user_id == mina.principal.user_id


async def test_an_account_elsewhere_belongs_to_one_account_here(
    visitor: Visitor, stub: StubProvider
) -> None:
    await _link(await visitor.register(), stub, "google")
    eve = await visitor.register("eve@example.com")

    answer = await _link(eve, stub, "google")

    assert (answer.status_code, answer.json()["code"]) == (409, "identity-taken")


async def test_facebook_vouches_for_no_address_but_can_be_linked(
    visitor: Visitor, stub: StubProvider
) -> None:
    refused = await _sign_in(visitor, stub, "facebook")
    assert (refused.status_code, refused.json()["code"]) == (401, "oauth-email-unverified")

    mina = await visitor.register()
    assert (await _link(mina, stub, "facebook")).status_code == 200
    assert (await _sign_in(visitor, stub, "facebook")).status_code == 200


@pytest.mark.asvs("10.5.1", "10.5.3", "10.5.4", "9.2.1", "9.2.3", "9.1.1")
@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"nonce": "replayed"},
        {"nonce": None},
        {"exp": 1},
        {"iat": None},
        {"sub": None},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
    ],
)
async def test_id_tokens_that_are_not_for_this_sign_in_are_refused(
    visitor: Visitor, stub: StubProvider, claims: dict[str, Any]
) -> None:
    stub.claims = claims

    answer = await _sign_in(visitor, stub)

    assert (answer.status_code, answer.json()["code"]) == (401, "oauth-refused")


@pytest.mark.asvs("6.8.2", "9.1.1")
async def test_id_tokens_signed_by_others_are_refused(visitor: Visitor, stub: StubProvider) -> None:
    stub.signing_key = RSAKey.generate_key(2048, auto_kid=True)

    assert (await _sign_in(visitor, stub)).status_code == 401


async def test_a_provider_may_rotate_its_keys(visitor: Visitor, stub: StubProvider) -> None:
    assert (await _sign_in(visitor, stub)).status_code == 200
    stub.key = RSAKey.generate_key(2048, auto_kid=True)

    assert (await _sign_in(visitor, stub)).status_code == 200
    assert stub.key_reads == 2


@pytest.mark.asvs("6.8.1")
@pytest.mark.parametrize("name", ["google", "github"])
async def test_an_unverified_address_makes_no_account(
    visitor: Visitor, stub: StubProvider, name: str
) -> None:
    stub.claims = {"email_verified": "true"}
    stub.emails[0]["verified"] = False

    answer = await _sign_in(visitor, stub, name)

    assert (answer.status_code, answer.json()["code"]) == (401, "oauth-email-unverified")


@pytest.mark.asvs("10.4.2")
async def test_a_replayed_code_is_worth_nothing(visitor: Visitor, stub: StubProvider) -> None:
    query = stub.approve(await _page(visitor, "github"))
    assert (await _return(visitor, "github", query)).status_code == 200

    same_state = await _return(visitor, "github", query)
    fresh = stub.approve(await _page(visitor, "github"))
    same_code = await _return(visitor, "github", {"code": query["code"], "state": fresh["state"]})

    assert (same_state.status_code, same_state.json()["code"]) == (422, "link-invalid")
    assert (same_code.status_code, same_code.json()["code"]) == (401, "oauth-refused")


@pytest.mark.asvs("10.2.1")
async def test_a_callback_belongs_to_the_browser_that_began(
    visitor: Visitor, stub: StubProvider
) -> None:
    """Refuse a callback that an attacker has begun: the victim would be signed in as them."""
    query = stub.approve(await _page(visitor, "github"))
    visitor.http.cookies.clear()

    stolen = await _return(visitor, "github", query)

    assert (stolen.status_code, stolen.json()["code"]) == (422, "link-invalid")


@pytest.mark.asvs("10.2.2")
async def test_a_state_is_for_one_provider(visitor: Visitor, stub: StubProvider) -> None:
    query = stub.approve(await _page(visitor, "github"))

    assert (await _return(visitor, "google", query)).status_code == 422


@pytest.mark.parametrize("state", ["", "x", "x" * 64, "x" * 201])
async def test_invented_states_are_refused(
    visitor: Visitor, stub: StubProvider, state: str
) -> None:
    assert (await _return(visitor, "google", {"code": "c", "state": state})).status_code == 422


@pytest.mark.asvs("7.6.2")
async def test_who_declines_is_not_signed_in(visitor: Visitor, stub: StubProvider) -> None:
    state = stub.approve(await _page(visitor, "google"))["state"]

    answer = await _return(visitor, "google", {"error": "access_denied", "state": state})

    assert (answer.status_code, answer.json()["code"]) == (401, "oauth-refused")


@pytest.mark.parametrize("status", [400, 500, 302])
async def test_a_failing_provider_signs_nobody_in(
    visitor: Visitor, stub: StubProvider, status: int
) -> None:
    stub.token_status = status

    assert (await _sign_in(visitor, stub)).status_code in {401, 503}


async def test_a_provider_that_is_away_is_no_mistake_of_the_caller(
    visitor: Visitor, stub: StubProvider, app: FastAPI
) -> None:
    deps: AuthDeps = app.state.deps
    settings = deps.settings.model_copy(update={"google_issuer": "http://127.0.0.1:1"})
    app.state.deps = replace(deps, providers=configured_providers(settings))

    assert (await visitor.call("GET", "/auth/oauth/google/authorize")).status_code == 503


@pytest.mark.asvs("10.5.3")
async def test_a_provider_that_calls_itself_otherwise_is_refused(
    visitor: Visitor, stub: StubProvider
) -> None:
    stub.issuer = "https://accounts.google.com"

    assert (await visitor.call("GET", "/auth/oauth/google/authorize")).status_code == 401


async def test_providers_without_credentials_are_not_offered(visitor: Visitor) -> None:
    assert (await visitor.call("GET", "/auth/oauth")).json() == {"providers": []}
    assert (await visitor.call("GET", "/auth/oauth/google/authorize")).status_code == 404
    assert (await visitor.call("GET", "/auth/oauth/myspace/authorize")).status_code == 422


async def test_unlinking_leaves_a_way_in(
    visitor: Visitor, stub: StubProvider, client: AuthClient
) -> None:
    elsewhere = await visitor.holding(
        TokenPair.model_validate((await _sign_in(visitor, stub)).json())
    )
    last = await elsewhere.call("DELETE", "/auth/oauth/google/link")
    assert (last.status_code, last.json()["code"]) == (409, "last-sign-in")

    eve = await visitor.register("eve@example.com")
    await _link(eve, stub, "facebook")
    assert (await eve.call("DELETE", "/auth/oauth/facebook/link")).status_code == 204
    assert (await eve.call("DELETE", "/auth/oauth/facebook/link")).status_code == 404
    assert (await eve.call("GET", "/auth/oauth/linked")).json()["items"] == []
    assert (await visitor.call("GET", "/auth/oauth/linked")).status_code == 401


async def test_no_password_signs_in_to_an_account_made_elsewhere(
    visitor: Visitor, stub: StubProvider
) -> None:
    await _sign_in(visitor, stub)

    answer = await visitor.call(
        "POST", "/auth/login", {"email": "mina@example.com", "password": PASSWORD}
    )

    assert answer.status_code == 401
