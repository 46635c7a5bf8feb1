"""Streams: what they hear, and how they outlive their connections."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from naru_client import (
    AsyncNaruClient,
    ConnectionFailedError,
    Gap,
    Message,
    NaruClient,
    StreamError,
    Tokens,
    UnexpectedAnswerError,
)
from naru_client.live import Conversation
from tests.clients.misbehaving import MisbehavingServer, answer

Frames = list[dict[str, Any]]
Talk = Callable[[ServerConnection, Frames], Awaitable[None]]


def message(seq: int, **data: Any) -> str:
    frame = {"ch": "jobs", "seq": seq, "ts": "2026-11-20T09:30:00Z", "data": data}
    return json.dumps(frame)


async def welcome(socket: ServerConnection, heard: Frames, seq: int = 1) -> dict[str, Any]:
    """Sign the client in and let it subscribe; return its subscription."""
    heard.append(json.loads(await socket.recv()))
    await socket.send(json.dumps({"op": "authenticated", "ts": "2026-11-20T09:30:00Z"}))
    asked: dict[str, Any] = json.loads(await socket.recv())
    heard.append(asked)
    kind = "resume" if "from_seq" in asked else "subscribed"
    await socket.send(json.dumps({"op": kind, "ch": asked["ch"], "seq": seq}))
    return asked


@asynccontextmanager
async def platform(*talks: Talk) -> AsyncIterator[tuple[str, Frames]]:
    """Serve one talk for each connection; yield the address, and what clients say."""
    heard: Frames = []
    left = list(talks)

    async def handle(socket: ServerConnection) -> None:
        await left.pop(0)(socket, heard)

    async with serve(handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}", heard


async def first_talk(socket: ServerConnection, heard: Frames) -> None:
    await welcome(socket, heard)
    await socket.send(message(1, n=1))
    await socket.send(json.dumps({"op": "ping"}))
    heard.append(json.loads(await socket.recv()))
    await socket.send(message(2, n=2))


async def second_talk(socket: ServerConnection, heard: Frames) -> None:
    await welcome(socket, heard, seq=2)
    await socket.send(message(2, n=2))  # seen already
    await socket.send(json.dumps({"op": "gap", "ch": "jobs", "from_seq": 3, "to_seq": 9}))
    await socket.send(message(10, n=10))
    await socket.wait_closed()


async def read_async(url: str, count: int, **options: Any) -> list[Any]:
    options = options or {"api_key": "sk_live_x"}
    found: list[Any] = []
    async with AsyncNaruClient(url, **options) as client, client.stream("jobs") as stream:
        async for news in stream:
            found.append(news)
            if len(found) == count:
                break
    return found


async def read_sync(url: str, count: int, **options: Any) -> list[Any]:
    def read() -> list[Any]:
        given = options or {"api_key": "sk_live_x"}
        found: list[Any] = []
        with NaruClient(url, **given) as client, client.stream("jobs") as stream:
            for news in stream:
                found.append(news)
                if len(found) == count:
                    break
        return found

    return await asyncio.to_thread(read)


@pytest.fixture(params=[read_sync, read_async], ids=["sync", "async"])
def read(request: pytest.FixtureRequest) -> Any:
    return request.param


async def test_a_stream_resumes_where_it_was_broken(read: Any) -> None:
    async with platform(first_talk, second_talk) as (url, heard):
        found = await read(url, 4)

    assert [type(news) for news in found] == [Message, Message, Gap, Message]
    assert [found[0].data, found[1].data, found[3].data] == [{"n": 1}, {"n": 2}, {"n": 10}]
    assert (found[2].channel, found[2].from_seq, found[2].to_seq) == ("jobs", 3, 9)
    assert heard == [
        {"op": "auth", "token": "sk_live_x"},
        {"op": "subscribe", "ch": "jobs"},
        {"op": "pong"},
        {"op": "auth", "token": "sk_live_x"},
        {"op": "subscribe", "ch": "jobs", "from_seq": 3},
    ]


async def test_a_refused_channel_is_raised(read: Any) -> None:
    async def refuse(socket: ServerConnection, heard: Frames) -> None:
        await socket.recv()
        await socket.send(json.dumps({"op": "authenticated"}))
        await socket.recv()
        frame = {"op": "error", "ch": "jobs", "code": "forbidden", "detail": "no", "errors": []}
        await socket.send(json.dumps(frame))
        await socket.wait_closed()

    async with platform(refuse) as (url, _):
        with pytest.raises(StreamError) as caught:
            await read(url, 1)
    assert caught.value.code == "forbidden"


async def test_a_stream_without_an_address_is_given_up(read: Any) -> None:
    async def close(socket: ServerConnection, heard: Frames) -> None:
        await socket.close(4404, "not-found")

    async with platform(close) as (url, _):
        with pytest.raises(ConnectionFailedError):
            await read(url, 1)


async def test_an_old_token_is_renewed_before_it_is_shown(
    read: Any, server: MisbehavingServer
) -> None:
    async def talk(socket: ServerConnection, heard: Frames) -> None:
        await welcome(socket, heard)
        await socket.send(message(1))
        await socket.wait_closed()

    pair = {"access_token": "new", "refresh_token": "r2", "expires_in": 1800}
    server.will(answer(200, pair))
    async with platform(talk) as (url, heard):
        ending = Tokens("old", "r1", time.time() + 1)
        with pytest.MonkeyPatch.context() as patch:
            # The WebSocket is here, the REST API there: one address for each.
            patch.setattr(
                "naru_client.stream._address", lambda _: url.replace("http", "ws") + "/ws"
            )
            found = await read(server.url, 1, tokens=ending)

    assert found[0].seq == 1
    assert heard[0] == {"op": "auth", "token": "new"}


async def test_a_refused_token_is_renewed_once(read: Any, server: MisbehavingServer) -> None:
    async def refuse(socket: ServerConnection, heard: Frames) -> None:
        heard.append(json.loads(await socket.recv()))
        frame = {"op": "error", "ch": None, "code": "token-invalid", "detail": "ended"}
        await socket.send(json.dumps({**frame, "errors": []}))
        await socket.close(4401, "token-invalid")

    pair = {"access_token": "new", "refresh_token": "r2", "expires_in": 1800}
    server.will(answer(200, pair))
    async with platform(refuse, refuse) as (url, heard):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                "naru_client.stream._address", lambda _: url.replace("http", "ws") + "/ws"
            )
            with pytest.raises(StreamError):
                await read(server.url, 1, tokens=Tokens("old", "r1", time.time() + 900))

    assert [frame["token"] for frame in heard] == ["old", "new"]


async def test_a_long_stream_goes_on_with_a_new_token(server: MisbehavingServer) -> None:
    renewed = asyncio.Event()

    async def talk(socket: ServerConnection, heard: Frames) -> None:
        await welcome(socket, heard)
        await socket.send(message(1))
        await renewed.wait()
        await socket.send(message(2))
        heard.append(json.loads(await socket.recv()))
        await socket.send(message(3))
        await socket.wait_closed()

    async with (
        platform(talk) as (url, heard),
        AsyncNaruClient(url, tokens=Tokens("old", "r1", time.time() + 900)) as client,
    ):
        found = []
        async with client.stream("jobs") as stream:
            async for news in stream:
                found.append(news)
                if len(found) == 1:
                    fresh = Tokens("new", "r2", time.time() + 1800)
                    client._transport.credentials.replace(fresh)
                    renewed.set()
                if len(found) == 3:
                    break

    assert heard[-1] == {"op": "auth", "token": "new"}


@pytest.mark.parametrize(
    "frame", ["", "5", "[]", '{"op": "gap"}', '{"ch": "other", "seq": 1}', '{"op": "subscribed"}']
)
def test_frames_that_make_no_sense(frame: str) -> None:
    with pytest.raises(UnexpectedAnswerError):
        Conversation(["jobs"], None).hear(frame)
