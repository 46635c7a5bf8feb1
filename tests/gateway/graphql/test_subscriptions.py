"""Subscriptions over graphql-transport-ws, fed by the same channels as ``/ws``."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from arq.connections import ArqRedis
from redis.asyncio.connection import ConnectionPool

from gateway.app import Gateway
from infra.embedded.valkey import Valkey
from shared.ids import parse_public_id
from shared.streams import LiveStreams
from tests.gateway.graphql.conftest import Asker
from tests.gateway.socket_client import SocketClient

PROTOCOL = ("graphql-transport-ws",)
JOBS = """subscription($id: ID, $from: String) { jobProgress(id: $id, fromSeq: $from) {
    seq gap ts kind id status progress data } }"""


@pytest.fixture
async def streams(valkey_server: Valkey) -> AsyncIterator[LiveStreams]:
    """Return what services publish with."""
    redis = ArqRedis(ConnectionPool.from_url(valkey_server.url()))
    yield LiveStreams(redis)
    await redis.aclose(close_connection_pool=True)


@pytest.fixture
async def workspace(asker: Asker) -> UUID:
    """Return the asker's workspace."""
    data = await asker.ask("{ workspaces { edges { node { id } } } }")
    found = parse_public_id("ws", data["workspaces"]["edges"][0]["node"]["id"])
    assert found is not None
    return found


@pytest.fixture
async def socket(platform: Gateway, asker: Asker) -> AsyncIterator[SocketClient]:
    """Return a connection that has signed in."""
    async with SocketClient(platform, "/graphql", PROTOCOL) as socket:
        socket.say(type="connection_init", payload={"token": asker.caller.token})
        assert await socket.hear() == {"type": "connection_ack"}
        yield socket


async def test_job_progress_arrives_as_it_happens(
    socket: SocketClient, streams: LiveStreams, workspace: UUID
) -> None:
    job = {"kind": "backtest", "id": "bt_1", "status": "running", "progress": 0.5}
    resumed = 'subscription { jobProgress(fromSeq: "1") { gap id status progress } }'
    await streams.publish(workspace, "jobs", job)

    socket.say(type="subscribe", id="1", payload={"query": resumed})
    gap, event = await socket.hear(), await socket.hear()
    await streams.publish(workspace, "jobs", job | {"status": "finished", "progress": 1.0})
    last = await socket.hear()

    assert gap["payload"]["data"]["jobProgress"]["gap"]
    assert event["payload"]["data"]["jobProgress"] == {
        "gap": False,
        "id": "bt_1",
        "status": "running",
        "progress": 0.5,
    }
    assert last["payload"]["data"]["jobProgress"]["status"] == "finished"
    assert {event["id"], last["id"]} == {"1"}
    assert event["payload"]["extensions"]["cost"] >= 1


async def test_one_job_can_be_followed_and_a_break_resumed(
    socket: SocketClient, streams: LiveStreams, workspace: UUID
) -> None:
    for job_id in ("bt_a", "bt_b", "bt_a"):
        await streams.publish(workspace, "jobs", {"id": job_id})
    ask = {"query": JOBS, "variables": {"id": "bt_a", "from": "1"}}

    socket.say(type="subscribe", id="1", payload=ask)
    gap, first, second = [(await socket.hear())["payload"]["data"]["jobProgress"] for _ in range(3)]
    socket.say(type="complete", id="1")
    ask["variables"] = {"from": str(int(first["seq"]) + 1)}
    socket.say(type="subscribe", id="2", payload=ask)
    resumed = [(await socket.hear())["payload"]["data"]["jobProgress"] for _ in range(2)]

    assert int(gap["seq"]) + 1 <= int(first["seq"])
    assert int(second["seq"]) == int(first["seq"]) + 2
    assert [event["id"] for event in resumed] == ["bt_b", "bt_a"]
    assert first["data"] == {"id": "bt_a"}


async def test_notifications_come_as_the_inbox_has_them(
    socket: SocketClient, streams: LiveStreams, workspace: UUID
) -> None:
    entry = {
        "id": f"ntf_{UUID(int=1).hex}",
        "event_id": f"evt_{UUID(int=2).hex}",
        "type": "backtest.finished",
        "title": "Finished",
        "text": "A backtest has finished.",
        "created_at": "2026-11-21T09:00:00Z",
        "read_at": None,
    }
    query = """subscription { notifications(fromSeq: "1") {
        gap notification { title type createdAt readAt } } }"""
    await streams.publish(workspace, "notifications", entry)

    socket.say(type="subscribe", id="1", payload={"query": query})
    await socket.hear()
    event = (await socket.hear())["payload"]["data"]["notifications"]

    assert event == {
        "gap": False,
        "notification": {
            "title": "Finished",
            "type": "backtest.finished",
            "createdAt": "2026-11-21T09:00:00Z",
            "readAt": None,
        },
    }


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ me { id } }", "bad-request"),
        ('mutation { deleteStrategy(strategyId: "x") }', "bad-request"),
        ("subscription { nothing { id } }", "invalid-input"),
        ('subscription { jobProgress(fromSeq: "x") { seq } }', "invalid-input"),
        ("subscription { jobProgress { seq } notifications { seq } }", "invalid-input"),
        ("subscription {" + " a" * 3000 + " }", "invalid-input"),
    ],
)
async def test_what_cannot_be_followed_is_refused_and_the_connection_lives(
    socket: SocketClient, query: str, code: str
) -> None:
    socket.say(type="subscribe", id="1", payload={"query": query})
    refusal = await socket.hear()
    socket.say(type="ping")

    assert (refusal["type"], refusal["id"]) == ("error", "1")
    assert refusal["payload"][0]["extensions"]["code"] == code
    assert (await socket.hear())["type"] == "pong"


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (['{"type":"connection_init"}'], 4429),
        (["not JSON"], 4400),
        (['{"type":"subscribe"}'], 4400),
        (['{"type":"subscribe","id":"1"}'], 4400),
        (['{"type":"dance"}'], 4400),
        (['{"type":"ping","type":"ping"}'], 4400),
        (['{"type":"subscribe","id":"1","payload":{"query":"%s"}}' % ("x" * 62_000)], 4400),
        (['{"type":"ping"}'] * 500, 4429),
    ],
)
async def test_breaking_the_protocol_ends_the_connection(
    socket: SocketClient, frames: list[str], code: int
) -> None:
    for frame in frames:
        socket.say_text(frame)

    assert await socket.hear_end() == code


async def test_an_id_is_used_once_at_a_time(socket: SocketClient) -> None:
    for _ in range(2):
        socket.say(type="subscribe", id="1", payload={"query": JOBS})

    assert await socket.hear_end() == 4409


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('{"type":"connection_init","payload":{"token":"a.b.c"}}', 4403),
        ('{"type":"connection_init"}', 4403),
        ('{"type":"connection_init","payload":{"token":5}}', 4403),
        ('{"type":"ping"}', 4401),
        ("[]", 4400),
    ],
)
async def test_who_does_not_sign_in_is_sent_away(platform: Gateway, frame: str, code: int) -> None:
    async with SocketClient(platform, "/graphql", PROTOCOL) as socket:
        socket.say_text(frame)

        assert await socket.hear_end() == code


async def test_a_key_follows_only_what_its_scopes_cover(platform: Gateway, asker: Asker) -> None:
    program = await asker.caller.make_key("strategy:read")
    async with SocketClient(platform, "/graphql", PROTOCOL) as socket:
        token = {"Authorization": f"Bearer {program.headers['X-API-Key']}"}
        socket.say(type="connection_init", payload=token)
        await socket.hear()
        socket.say(type="subscribe", id="1", payload={"query": JOBS})

        assert (await socket.hear())["payload"][0]["extensions"]["code"] == "forbidden"


async def test_other_protocols_are_refused(platform: Gateway) -> None:
    async with SocketClient(platform, "/graphql", ["graphql-ws"]) as socket:
        assert await socket.hear_end() == 4406


async def test_subscriptions_have_no_place_in_a_post(asker: Asker) -> None:
    answer = await asker.send(query="subscription { jobProgress { seq } }")

    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
