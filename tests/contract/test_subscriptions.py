"""Every subscription, tried by people of every standing: nobody hears another workspace."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from gateway.app import Gateway
from gateway.graphql.schema import executable
from shared.ids import parse_public_id
from shared.redis import connect_redis
from shared.settings import PlatformSettings
from shared.streams import LiveStreams
from tests.contract.graphql_table import SUBSCRIPTIONS
from tests.contract.rest_table import REST
from tests.contract.rules import ACTORS, Actor
from tests.contract.test_graphql import fields_of
from tests.contract.test_rest import read_operations
from tests.contract.world import World, must
from tests.gateway.caller import Caller
from tests.gateway.socket_client import SocketClient

SECRET, MARK = "01" * 16, "02" * 16
CHANNELS = {"jobProgress": "jobs", "notifications": "notifications"}
INSIDERS = {"owner", "viewer"}
REFUSED = {4401, 4403}


@pytest.fixture(scope="session")
async def streams(contract_settings: PlatformSettings) -> AsyncIterator[LiveStreams]:
    """Return what services publish with."""
    redis = connect_redis(contract_settings)
    yield LiveStreams(redis)
    await redis.aclose(close_connection_pool=True)


def test_every_subscription_has_an_expectation() -> None:
    assert fields_of(executable.subscription_type).keys() == SUBSCRIPTIONS.keys()
    assert SUBSCRIPTIONS.keys() == CHANNELS.keys()


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("name", sorted(SUBSCRIPTIONS))
async def test_only_members_hear_their_workspace(
    name: str,
    actor: Actor,
    world: World,
    platform: Gateway,
    streams: LiveStreams,
    document: dict[str, Any],
) -> None:
    operation = read_operations(document)[SUBSCRIPTIONS[name]]
    caller = world.actor(actor, operation.scope)
    statuses = REST[operation.id].statuses(actor, operation.scope)
    async with SocketClient(platform, "/graphql", ("graphql-transport-ws",)) as socket:
        socket.say(type="connection_init", payload=_credential(caller))
        if actor == "anonymous":
            assert statuses == (401,)
            assert await socket.hear_end() in REFUSED
            return
        assert (await socket.hear())["type"] == "connection_ack"
        socket.say(type="subscribe", id="1", payload={"query": f"subscription {{ {_ask(name)} }}"})
        if actor == "unscoped":
            refusal = await socket.hear()
            assert refusal["payload"][0]["extensions"]["status"] in statuses
            return
        heard = await _listen(socket, name, world, caller, streams)
    assert (SECRET in heard) is (actor in INSIDERS), heard


def _credential(caller: Caller) -> dict[str, Any]:
    given = caller.headers.get("Authorization", "").removeprefix("Bearer ")
    key = caller.headers.get("X-API-Key", "")
    return {"Authorization": f"Bearer {given or key}"} if given or key else {}


def _ask(name: str) -> str:
    inner = "id" if name == "jobProgress" else "notification { id }"
    return f'{name}(fromSeq: "1") {{ {inner} }}'


async def _listen(
    socket: SocketClient, name: str, world: World, caller: Caller, streams: LiveStreams
) -> str:
    """Let something happen in the owner's workspace, then in the caller's; hear until the latter.

    What is announced second is heard second, so nothing of the first is still on its way then.
    """
    own = must(await caller.call("GET", "/me"))["workspace"]["id"]
    for workspace_id, thing in ((world.ids["workspace_id"], SECRET), (own, MARK)):
        await streams.publish(_uuid(workspace_id), CHANNELS[name], _message(name, thing))
    heard = ""
    while MARK not in heard:
        frame = await socket.hear()
        assert frame["type"] == "next", frame
        heard += str(frame)
    return heard


def _uuid(workspace_id: str) -> UUID:
    found = parse_public_id("ws", workspace_id)
    assert found is not None
    return found


def _message(name: str, thing: str) -> dict[str, Any]:
    if name == "jobProgress":
        return {"kind": "backtest", "id": f"bt_{thing}", "status": "running", "progress": 0.5}
    return {
        "id": f"ntf_{thing}",
        "event_id": f"evt_{thing}",
        "type": "quota.warning",
        "title": "x",
        "text": "y",
        "created_at": "2026-11-02T09:30:00Z",
        "read_at": None,
    }
