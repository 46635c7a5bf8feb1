"""The protocol of ``/ws`` against real streams in Valkey."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from arq.connections import ArqRedis

from gateway.app import Gateway
from shared.streams import KEPT_MESSAGES, LiveStreams, latest_number, stream_key
from tests.gateway.caller import Caller
from tests.gateway.socket_client import SocketClient


@pytest.fixture
async def first(redis: ArqRedis, workspace: UUID) -> int:
    """Return the number of the next message on the jobs channel."""
    return await latest_number(redis, stream_key(workspace, "jobs")) + 1


async def follow_jobs(socket: SocketClient, **options: int) -> dict[str, Any]:
    socket.say(op="subscribe", ch="jobs", **options)
    return await socket.hear()


async def test_messages_arrive_numbered_in_order(
    socket: SocketClient, streams: LiveStreams, workspace: UUID
) -> None:
    answer = await follow_jobs(socket)
    first = answer.pop("seq")
    assert answer == {"op": "subscribed", "ch": "jobs"}

    for step in (0, 1, 2):
        await streams.publish(workspace, "jobs", {"step": step})
    heard = [await socket.hear() for _ in range(3)]

    assert [(m["ch"], m["seq"], m["data"]) for m in heard] == [
        ("jobs", first + step, {"step": step}) for step in (0, 1, 2)
    ]
    assert all(m["ts"] for m in heard)


async def test_other_workspaces_hear_nothing(
    socket: SocketClient, streams: LiveStreams, workspace: UUID
) -> None:
    await follow_jobs(socket)

    await streams.publish(UUID(int=7), "jobs", {"mine": False})
    await streams.publish(workspace, "jobs", {"mine": True})

    assert (await socket.hear())["data"] == {"mine": True}


async def test_a_client_resumes_where_it_was_and_goes_on_live(
    socket: SocketClient, streams: LiveStreams, first: int, workspace: UUID
) -> None:
    for step in range(5):
        await streams.publish(workspace, "jobs", {"step": step})

    answer = await follow_jobs(socket, from_seq=first + 3)
    await streams.publish(workspace, "jobs", {"step": 5})

    assert answer == {"op": "resume", "ch": "jobs", "seq": first + 3}
    assert [(await socket.hear())["seq"] for _ in range(3)] == [first + 3, first + 4, first + 5]


async def test_messages_that_are_gone_are_announced_as_a_gap(
    socket: SocketClient, streams: LiveStreams, redis: ArqRedis, first: int, workspace: UUID
) -> None:
    for step in range(10):
        await streams.publish(workspace, "jobs", {"step": step})
    await redis.xtrim(stream_key(workspace, "jobs"), maxlen=2, approximate=False)

    await follow_jobs(socket, from_seq=first + 2)

    gap = {"op": "gap", "ch": "jobs", "from_seq": first + 2, "to_seq": first + 7}
    assert await socket.hear() == gap
    assert [(await socket.hear())["seq"] for _ in range(2)] == [first + 8, first + 9]


async def test_numbers_never_come_back_after_redis_has_lost_everything(
    socket: SocketClient, streams: LiveStreams, redis: ArqRedis, first: int, workspace: UUID
) -> None:
    await streams.publish(workspace, "jobs", {"before": True})
    await redis.flushall()
    for _ in range(3):
        await streams.publish(workspace, "jobs", {"before": False})

    await follow_jobs(socket, from_seq=first + 1)
    gap, *heard = [await socket.hear() for _ in range(4)]

    assert (gap["op"], gap["from_seq"]) == ("gap", first + 1)
    assert [message["seq"] - gap["to_seq"] for message in heard] == [1, 2, 3]
    assert not any(message["data"]["before"] for message in heard)


async def test_a_place_ahead_of_the_channel_is_a_gap_as_well(
    socket: SocketClient, streams: LiveStreams, first: int, workspace: UUID
) -> None:
    await follow_jobs(socket, from_seq=first + 10**9)

    gap = await socket.hear()
    await streams.publish(workspace, "jobs", {})

    assert gap == {"op": "gap", "ch": "jobs", "from_seq": first + 10**9, "to_seq": first - 1}
    assert (await socket.hear())["seq"] == first


async def test_a_burst_loses_nothing(
    socket: SocketClient, streams: LiveStreams, workspace: UUID
) -> None:
    first = (await follow_jobs(socket))["seq"]
    count = KEPT_MESSAGES // 2

    await asyncio.gather(*(streams.publish(workspace, "jobs", {"n": n}) for n in range(count)))

    assert [(await socket.hear())["seq"] - first for _ in range(count)] == list(range(count))


async def test_unsubscribing_ends_the_messages(
    socket: SocketClient, streams: LiveStreams, workspace: UUID
) -> None:
    await follow_jobs(socket)
    socket.say(op="unsubscribe", ch="jobs")
    socket.say(op="ping")
    assert (await socket.hear())["op"] == "pong"

    await streams.publish(workspace, "jobs", {})
    socket.say(op="ping")

    assert (await socket.hear())["op"] == "pong"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('{"op":"subscribe","ch":"nothing"}', "live-channel-not-found"),
        ('{"op":"dance"}', "invalid-input"),
        ('{"op":"ping","op":"ping"}', "invalid-input"),
        ('{"op":"subscribe","ch":"jobs","from_seq":0}', "invalid-input"),
        ("null", "invalid-input"),
        ("NaN", "bad-request"),
        ("\ud800", "bad-request"),
        (" " * 20_000, "bad-request"),
    ],
)
async def test_a_frame_that_makes_no_sense_is_answered_and_the_connection_lives(
    socket: SocketClient, frame: str, code: str
) -> None:
    socket.say_text(frame)
    refusal = await socket.hear()
    socket.say(op="ping")

    assert (refusal["op"], refusal["code"]) == ("error", code)
    assert (await socket.hear())["op"] == "pong"


async def test_a_key_hears_only_what_its_scopes_cover(gateway: Gateway, newcomer: Caller) -> None:
    program = await newcomer.make_key("strategy:read")
    async with SocketClient(gateway) as socket:
        socket.say(op="auth", token=program.headers["X-API-Key"])
        await socket.hear()

        refusal = await follow_jobs(socket)

    assert refusal["code"] == "forbidden"


@pytest.mark.parametrize("frame", ['{"op":"auth","token":"a.b.c"}', '{"op":"ping"}'])
async def test_who_does_not_sign_in_is_sent_away(gateway: Gateway, frame: str) -> None:
    async with SocketClient(gateway) as socket:
        socket.say_text(frame)

        assert (await socket.hear())["op"] == "error"
        assert await socket.hear() == {"closed": 4401}


async def test_another_user_cannot_take_over_a_connection(
    socket: SocketClient, newcomer: Caller
) -> None:
    socket.say(op="auth", token=newcomer.token)

    assert (await socket.hear())["code"] == "not-authenticated"
    assert await socket.hear() == {"closed": 4401}


async def test_the_same_user_renews_in_place(
    socket: SocketClient, mina: Caller, streams: LiveStreams, workspace: UUID
) -> None:
    await follow_jobs(socket)
    socket.say(op="auth", token=mina.token)
    assert (await socket.hear())["op"] == "authenticated"

    await streams.publish(workspace, "jobs", {"still": "here"})

    assert (await socket.hear())["data"] == {"still": "here"}


async def test_there_is_no_other_socket(gateway: Gateway) -> None:
    async with SocketClient(gateway, "/elsewhere") as socket:
        assert await socket.hear() == {"closed": 4404}
