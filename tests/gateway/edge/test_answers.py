"""Kept answers are those of their owner, and never older than what changed them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import httpx2
import pytest
from redis.asyncio import Redis
from starlette.types import Receive, Scope, Send

from gateway.app import Gateway
from gateway.edge.answers import AnswerCache, find_place
from gateway.edge.rate_limits import RateLimiter, RatePolicy
from gateway.edge.routes import Operation
from infra.embedded.valkey import Valkey
from naru.cli.sample_bars import SYMBOL, daily_bars_csv
from shared.http.transports import connect
from shared.identity import IDENTITY_HEADER, IdentitySigner, Principal
from shared.ids import new_id, parse_public_id
from tests.gateway.caller import Caller
from tests.gateway.conftest import MASTER_KEY

CANDLES = Operation("list_candles", "data", "GET", "/c", "data:read", 1, "none", 0, {}, cache_s=60)
EVERYBODYS = replace(CANDLES, id="list_plans", cache_for="everybody")
MINA = Principal("session", workspace_id=new_id())
GENEROUS = RatePolicy(per_minute=60_000, burst=9_000)
EVE = Principal("session", workspace_id=new_id())


class Backend:
    """Answers with how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.body = b'{"asked":%d}'
        self.during: Callable[[], Awaitable[None]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        body = self.body.replace(b"%d", str(self.asked).encode())
        if self.during is not None:
            await self.during()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for place in range(0, len(body), 100_000):
            piece = body[place : place + 100_000]
            more = place + 100_000 < len(body)
            await send({"type": "http.response.body", "body": piece, "more_body": more})


@pytest.fixture
async def cache(valkey_server: Valkey) -> AsyncIterator[AnswerCache]:
    redis = Redis.from_url(valkey_server.url())
    yield AnswerCache(redis)
    await redis.aclose()


@pytest.fixture
def backend() -> Backend:
    return Backend()


async def ask(
    cache: AnswerCache, backend: Backend, who: Principal, query: str = "", of: Operation = CANDLES
) -> httpx2.Response:
    """Ask as the edge does: what is kept is read before, with the allowance."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        place = find_place(of, who, scope)
        if place is None:
            await backend(scope, receive, send)
            return
        _, values = await limiter.take_and_read("user:x", GENEROUS, 1, place.keys)
        await cache.before(backend, place, values)(scope, receive, send)

    limiter = RateLimiter(cache._redis)
    async with connect(None, app) as http:
        return await http.get(f"/c?{query}")


async def test_an_answer_is_kept_with_its_tag(cache: AnswerCache, backend: Backend) -> None:
    first = await ask(cache, backend, MINA)
    second = await ask(cache, backend, MINA)

    assert (first.content, backend.asked) == (second.content, 1)
    for name in ("etag", "cache-control", "content-type"):
        assert first.headers[name] == second.headers[name]
    assert first.headers["cache-control"] == "private, no-cache"


async def test_what_is_asked_for_makes_the_difference(cache: AnswerCache, backend: Backend) -> None:
    for query in ("a=1", "a=2", "a=1"):
        await ask(cache, backend, MINA, query)

    assert backend.asked == 2


async def test_an_answer_to_one_workspace_is_never_anothers(
    cache: AnswerCache, backend: Backend
) -> None:
    mina, eve = await ask(cache, backend, MINA), await ask(cache, backend, EVE)

    assert mina.content != eve.content
    nobody = Principal("anonymous")
    assert (await ask(cache, backend, nobody)).json() == {"asked": 3}
    assert (await ask(cache, backend, nobody)).json() == {"asked": 4}


async def test_what_is_everybodys_is_kept_once_and_says_for_how_long(
    cache: AnswerCache, backend: Backend
) -> None:
    answers = [
        await ask(cache, backend, who, of=EVERYBODYS) for who in (MINA, EVE, Principal("anonymous"))
    ]

    assert backend.asked == 1
    assert {one.headers["cache-control"] for one in answers} == {"private, max-age=60"}


async def test_a_change_is_seen_at_once_and_by_its_owner_alone(
    cache: AnswerCache, backend: Backend
) -> None:
    for who in (MINA, EVE):
        await ask(cache, backend, who)

    await cache.forget("data", MINA.workspace_id)

    assert (await ask(cache, backend, MINA)).json() == {"asked": 3}
    assert (await ask(cache, backend, EVE)).json() == {"asked": 2}


async def test_an_answer_made_during_a_change_is_not_kept(
    cache: AnswerCache, backend: Backend
) -> None:
    async def change() -> None:
        await cache.forget("data", MINA.workspace_id)

    backend.during = change
    await ask(cache, backend, MINA)
    backend.during = None

    assert (await ask(cache, backend, MINA)).json() == {"asked": 2}


async def test_nothing_is_kept_or_believed_while_redis_is_away(backend: Backend) -> None:
    redis = Redis.from_url("redis://127.0.0.1:1")
    cache = AnswerCache(redis)

    answers = [await ask(cache, backend, MINA) for _ in range(2)]

    assert [one.json() for one in answers] == [{"asked": 1}, {"asked": 2}]
    await redis.aclose()


async def test_a_large_answer_passes_whole_and_is_not_kept(
    cache: AnswerCache, backend: Backend
) -> None:
    backend.body = b"x" * 1_000_000

    answers = [await ask(cache, backend, MINA) for _ in range(2)]

    assert backend.asked == 2
    assert all(len(one.content) == 1_000_000 for one in answers)


async def test_an_upload_shows_in_the_next_candles(platform: Gateway) -> None:
    async with connect(None, platform) as http:
        nari = await Caller(http).register("nari@example.com")
        upload = {"symbol": SYMBOL, "timeframe": "1d"}
        csv = {"Content-Type": "text/csv"}
        rows = daily_bars_csv().splitlines(keepends=True)
        counts = []
        for until in (50, 60):
            data = b"".join(rows[:until])
            answer = await nari.call(
                "POST", "/datasets/upload", params=upload, content=data, headers=csv
            )
            assert answer.status_code == 201, answer.text
            for _ in range(2):
                candles = await nari.call("GET", f"/market/candles?symbol={SYMBOL}&limit=200")
                counts.append(len(candles.json()["items"]))
        held = {"If-None-Match": candles.headers["ETag"]}
        again = await nari.call("GET", f"/market/candles?symbol={SYMBOL}&limit=200", headers=held)

    assert counts == [49, 49, 59, 59]
    assert again.status_code == 304


async def test_events_of_the_data_service_make_gateways_forget(
    platform: Gateway, cache: AnswerCache, backend: Backend
) -> None:
    async with connect(None, platform) as http:
        nari = await Caller(http).register("nari@example.com")
        workspace = (await nari.call("GET", "/me")).json()["workspace"]["id"]
        owner = replace(MINA, workspace_id=parse_public_id("ws", workspace))
        await ask(cache, backend, owner)
        following = asyncio.create_task(cache.follow("data", platform.clients.data))
        await upload_past_the_edge(platform, owner)
        async with asyncio.timeout(60):
            while (await ask(cache, backend, owner)).json() == {"asked": 1}:
                await asyncio.sleep(0.05)
        following.cancel()
        await asyncio.wait({following})


async def upload_past_the_edge(platform: Gateway, owner: Principal) -> None:
    """Store bars as a job of the data service might."""
    (app,) = [backend.app for backend in platform._backends if backend.name == "data"]
    async with connect(None, app) as http:
        answer = await http.post(
            "/datasets/upload",
            params={"symbol": SYMBOL, "timeframe": "1d"},
            content=daily_bars_csv(),
            headers={
                "Content-Type": "text/csv",
                IDENTITY_HEADER: IdentitySigner(MASTER_KEY).sign(owner),
            },
        )
    assert answer.status_code == 201, answer.text
