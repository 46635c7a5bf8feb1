"""What a plan allows, and what nobody may do."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from arq.connections import ArqRedis
from redis.asyncio.connection import ConnectionPool

from gateway.app import Gateway
from gateway.live.places import Places
from tests.gateway.caller import Caller
from tests.gateway.socket_client import SocketClient

FREE_CONNECTIONS, FREE_CHANNELS = 10, 50


async def sign_in(socket: SocketClient, caller: Caller) -> dict[str, Any]:
    socket.say(op="auth", token=caller.token)
    return await socket.hear()


async def test_a_workspace_has_as_many_connections_as_its_plan_says(
    gateway: Gateway, newcomer: Caller
) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(FREE_CONNECTIONS):
            socket = await stack.enter_async_context(SocketClient(gateway))
            assert (await sign_in(socket, newcomer))["op"] == "authenticated"

        async with SocketClient(gateway) as further:
            refusal = await sign_in(further, newcomer)
            assert refusal["code"] == "quota-exceeded"
            assert await further.hear_end() == 4429


async def test_a_place_is_free_again_once_its_connection_has_ended(redis: ArqRedis) -> None:
    workspace, connection = uuid4(), uuid4()
    places = Places(redis)
    assert await places.take(workspace, connection, 1)
    assert not await places.take(workspace, uuid4(), 1)

    places.release(workspace, connection)
    await places.give_back()

    assert await places.take(workspace, uuid4(), 1)


async def test_a_connection_has_as_many_channels_as_its_plan_says(
    gateway: Gateway, newcomer: Caller
) -> None:
    async with SocketClient(gateway) as socket:
        await sign_in(socket, newcomer)
        for n in range(FREE_CHANNELS + 1):
            socket.say(op="subscribe", ch=f"market:S{n}")
        answers = [await socket.hear() for _ in range(FREE_CHANNELS + 1)]
        socket.say(op="unsubscribe", ch="market:S0")
        socket.say(op="subscribe", ch="market:S99")

        assert [answer["op"] for answer in answers[:-1]] == ["subscribed"] * FREE_CHANNELS
        assert answers[-1]["code"] == "quota-exceeded"
        assert (await socket.hear())["op"] == "subscribed"


@pytest.mark.parametrize(
    "frame", ['{"op":"ping"}', '{"op":"subscribe","ch":"jobs"}', "[", '{"op":"auth","token":"x"']
)
async def test_a_flood_of_frames_ends_the_connection(socket: SocketClient, frame: str) -> None:
    for _ in range(FREE_CHANNELS + 500):
        socket.say_text(frame)

    assert await socket.hear_end() == 4429


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("[" * 1000 + "]" * 1000, "invalid-input"),
        ('{"op":"subscribe","ch":"jobs\\u0000"}', "invalid-input"),
        ('{"op":"subscribe","ch":"jobs","from_seq":1e400}', "bad-request"),
        ('{"op":"subscribe","ch":"jobs","from_seq":1.5}', "invalid-input"),
        ('{"op":"subscribe","ch":"jobs","from_seq":true}', "invalid-input"),
        ('{"op":"subscribe","ch":{"a":1}}', "invalid-input"),
        ('{"op":"subscribe"}', "live-channel-not-found"),
        ('{"op":"ping","extra":1}', "invalid-input"),
        ('{"op":"subscribe","ch":"' + "x" * 200 + '"}', "invalid-input"),
        ("", "bad-request"),
    ],
)
async def test_hostile_frames_are_refused_and_harm_nobody(
    socket: SocketClient, frame: str, code: str
) -> None:
    socket.say_text(frame)
    refusal = await socket.hear()
    socket.say(op="ping")

    assert (refusal["op"], refusal["code"]) == ("error", code)
    assert (await socket.hear())["op"] == "pong"


async def test_binary_frames_are_refused(socket: SocketClient) -> None:
    socket.say_bytes(b'{"op":"ping"}')

    assert (await socket.hear())["code"] == "bad-request"


async def test_nobody_waits_for_ever_to_sign_in(gateway: Gateway, mina: Caller) -> None:
    async with SocketClient(gateway) as socket:
        socket.say_bytes(b"\x00")
        assert (await socket.hear())["code"] == "bad-request"
        assert await socket.hear_end() == 4400


async def test_gateways_count_together_and_alone_while_redis_is_away(
    redis: ArqRedis, tmp_path: Path
) -> None:
    workspace = uuid4()
    first, second = Places(redis), Places(redis)
    away = ArqRedis(ConnectionPool.from_url(f"unix://{tmp_path}/nothing.sock"))
    alone = Places(away)

    together = [await places.take(workspace, uuid4(), 2) for places in (first, second, first)]
    by_itself = [await alone.take(workspace, uuid4(), 2) for _ in range(3)]

    assert together == [True, True, False]
    assert by_itself == [True, True, False]
    await away.aclose(close_connection_pool=True)
