"""Passwords known from breaches, against a range API that answers, lies and fails."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from hashlib import sha1

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from auth_service.adapters.breaches import is_breached
from auth_service.deps import AuthDeps
from tests.auth_service.visitor import PASSWORD, Visitor
from tests.local_server import serve

BREACHED = "glacier-otter-41-lamp"
REGISTRATION = {"email": "mina@example.com", "password": BREACHED}


class RangeApi:
    """Knows one password; ``answer`` may be set to something worse."""

    def __init__(self) -> None:
        digest = sha1(BREACHED.encode(), usedforsecurity=False).hexdigest().upper()
        self.prefix, self.suffix = digest[:5], digest[5:]
        self.asked: list[Request] = []
        self.answer: Callable[[], Response] = self._known

    def _known(self) -> Response:
        return PlainTextResponse(f"{'0' * 35}:3\r\n{self.suffix}:1204\r\n{'F' * 35}:0")

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/range/{prefix}")
        async def look(prefix: str, request: Request) -> Response:
            self.asked.append(request)
            return self.answer() if prefix == self.prefix else PlainTextResponse(f"{'0' * 35}:3")

        return app


@pytest.fixture
def api() -> RangeApi:
    return RangeApi()


@pytest.fixture
async def url(api: RangeApi, app: FastAPI, deps: AuthDeps) -> AsyncIterator[str]:
    """Serve the API and have the service ask it."""
    async with serve(api.app()) as base:
        url = f"{base}/range/"
        settings = deps.settings.model_copy(update={"breached_passwords_url": url})
        app.state.deps = replace(deps, settings=settings)
        yield url


@pytest.mark.asvs("6.2.12")
async def test_a_breached_password_is_refused_wherever_one_is_set(
    visitor: Visitor, api: RangeApi, url: str
) -> None:
    refused = await visitor.call("POST", "/auth/register", REGISTRATION)

    assert (refused.status_code, refused.json()["code"]) == (422, "password-refused")
    assert refused.json()["errors"][0]["code"] == "breached"
    mina = await visitor.register()
    change = {"current_password": PASSWORD, "new_password": BREACHED}
    refused = await mina.call("POST", "/auth/password/change", change)
    assert refused.json()["errors"][0] | {"message": ""} == {
        "pointer": "/new_password",
        "code": "breached",
        "message": "",
    }


async def test_five_digits_are_all_that_is_told(visitor: Visitor, api: RangeApi, url: str) -> None:
    await visitor.call("POST", "/auth/register", REGISTRATION)

    (request,) = api.asked
    assert request.url.path == f"/range/{api.prefix}"
    assert request.headers["add-padding"] == "true"
    assert request.headers.get("content-length", "0") == "0"


@pytest.mark.parametrize(
    "answer",
    [
        lambda: Response(status_code=503),
        lambda: PlainTextResponse("<html>not a range</html>"),
        lambda: Response(b"\xff\xfe\x00", media_type="text/plain"),
    ],
)
async def test_an_outage_keeps_nobody_out(
    visitor: Visitor, api: RangeApi, url: str, answer: Callable[[], Response]
) -> None:
    api.answer = answer

    assert (await visitor.call("POST", "/auth/register", REGISTRATION)).status_code == 202


async def test_padding_and_nobody_listening_are_no_breach(api: RangeApi, url: str) -> None:
    api.answer = lambda: PlainTextResponse(f"{api.suffix}:0")
    assert not await is_breached(url, SecretStr(BREACHED))
    api.answer = lambda: PlainTextResponse(f"{api.suffix}:many")
    assert not await is_breached(url, SecretStr(BREACHED))
    assert not await is_breached("http://127.0.0.1:9/range", SecretStr(BREACHED))


async def test_nothing_is_asked_unless_the_host_wants_it(visitor: Visitor, api: RangeApi) -> None:
    async with serve(api.app()):
        answer = await visitor.call("POST", "/auth/register", REGISTRATION)

    assert answer.status_code == 202
    assert api.asked == []
