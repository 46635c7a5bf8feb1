"""Somebody who listens, and what services publish with."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from arq.connections import ArqRedis
from redis.asyncio.connection import ConnectionPool

from gateway.app import Gateway
from infra.embedded.valkey import Valkey
from shared.streams import LiveStreams
from tests.gateway.caller import Caller
from tests.gateway.socket_client import SocketClient


@pytest.fixture
async def redis(valkey_server: Valkey) -> AsyncIterator[ArqRedis]:
    """Return a client of our own."""
    redis = ArqRedis(ConnectionPool.from_url(valkey_server.url()))
    yield redis
    await redis.aclose(close_connection_pool=True)


@pytest.fixture
def streams(redis: ArqRedis) -> LiveStreams:
    """Return what services publish with."""
    return LiveStreams(redis)


@pytest.fixture
async def workspace(mina: Caller) -> UUID:
    """Return the workspace of the one who is signed in."""
    return UUID(hex=(await mina.call("GET", "/caller")).json()["workspace"])


@pytest.fixture
async def socket(gateway: Gateway, mina: Caller) -> AsyncIterator[SocketClient]:
    """Return a connection that has signed in."""
    async with SocketClient(gateway) as socket:
        socket.say(op="auth", token=mina.token)
        assert (await socket.hear())["op"] == "authenticated"
        yield socket
