"""Connections end with what let them in."""

import time
from dataclasses import dataclass, field
from uuid import UUID

import psycopg
import pytest
from arq.connections import ArqRedis

from auth_service.client import FOLLOW_INTERVAL_S, Authenticator
from gateway.app import Gateway
from gateway.edge.authentication import BELIEVED_S
from gateway.live.places import Places
from gateway.live.watch import HEARTBEAT_S, TICK_S, Watch
from shared.errors import PlatformError, UnavailableError
from shared.identity import Principal
from shared.ids import new_id
from tests.gateway.caller import PASSWORD, Caller
from tests.gateway.socket_client import SocketClient


def test_what_an_ending_waits_for_is_less_than_a_second() -> None:
    """Redis wakes at once; without it, the feed is read and connections are looked at in turns."""
    assert FOLLOW_INTERVAL_S + TICK_S + BELIEVED_S < 1.0


async def test_a_session_that_is_ended_ends_its_connections(
    gateway: Gateway, newcomer: Caller
) -> None:
    async with SocketClient(gateway) as socket:
        socket.say(op="auth", token=newcomer.token)
        await socket.hear()
        socket.say(op="subscribe", ch="jobs")
        await socket.hear()

        answer = await newcomer.call("POST", "/auth/logout")
        refusal = await socket.hear()
        code = await socket.hear_end()

    assert answer.status_code == 204
    assert (refusal["code"], code) == ("token-invalid", 4401)


async def test_a_key_that_is_revoked_ends_its_connections(
    gateway: Gateway, newcomer: Caller
) -> None:
    program = await newcomer.make_key("backtest:read")
    keys = (await newcomer.call("GET", "/api-keys")).json()["items"]
    async with SocketClient(gateway) as socket:
        socket.say(op="auth", token=program.headers["X-API-Key"])
        await socket.hear()

        answer = await newcomer.call("DELETE", f"/api-keys/{keys[0]['id']}")
        code = await socket.hear_end()

    assert answer.status_code == 204
    assert code == 4401


async def test_the_connections_of_somebody_who_is_suspended_end(
    gateway: Gateway, gateway_database: str, anonymous: Caller, newcomer: Caller
) -> None:
    warden = await anonymous.register("warden@example.com")
    warden_id = (await warden.call("GET", "/me")).json()["id"]
    async with await psycopg.AsyncConnection.connect(gateway_database) as connection:
        await connection.execute(
            "UPDATE auth.users SET role = 'admin' WHERE id = %s",
            [UUID(hex=warden_id.partition("_")[2])],
        )
    address = (await warden.call("GET", "/me")).json()["email"]
    login = {"email": address, "password": PASSWORD}
    signed_in = await anonymous.call("POST", "/auth/login", json=login)
    warden = anonymous.holding(signed_in.json()["access_token"])
    suspect = (await newcomer.call("GET", "/me")).json()["id"]

    async with SocketClient(gateway) as socket:
        socket.say(op="auth", token=newcomer.token)
        await socket.hear()
        suspended = await warden.call("POST", f"/admin/users/{suspect}/suspend")
        refusal = await socket.hear()
        code = await socket.hear_end()
    async with SocketClient(gateway) as socket:
        socket.say(op="auth", token=newcomer.token)
        again = await socket.hear_end()

    assert suspended.status_code == 204, suspended.text
    assert (refusal["code"], code, again) == ("token-invalid", 4401, 4401)


async def test_a_token_that_has_ended_lets_nobody_in(gateway: Gateway, newcomer: Caller) -> None:
    await newcomer.call("POST", "/auth/logout")
    async with SocketClient(gateway) as socket:
        socket.say(op="auth", token=newcomer.token)

        assert await socket.hear_end() == 4401


async def test_the_answer_to_auth_tells_when_to_renew(gateway: Gateway, mina: Caller) -> None:
    async with SocketClient(gateway) as socket:
        socket.say(op="auth", token=mina.token)

        assert (await socket.hear())["expires_at"].endswith("Z")


@dataclass(eq=False)
class Visitor:
    """A connection that notes what is done to it."""

    id: UUID = field(default_factory=new_id)
    principal: Principal | None = field(
        default_factory=lambda: Principal("session", user_id=new_id(), workspace_id=new_id())
    )
    token: str = ""
    address: str | None = "203.0.113.9"
    expires_at: int | None = None
    settled_at: float = 0.0
    beat_at: float = 0.0
    sending_since: float | None = None
    ending_since: float | None = None
    notes: list[str] = field(default_factory=list)

    def wake(self) -> None:
        self.notes.append("woken")

    def beat(self) -> None:
        self.notes.append("beat")

    def end(self, code: int, error: PlatformError) -> None:
        self.notes.append(f"ended {code} {error.code}")

    def hang_up(self) -> None:
        self.notes.append("dropped")


@pytest.fixture
def watch(gateway: Gateway, redis: ArqRedis) -> Watch:
    """Return a watch that looks when it is told to."""
    authenticator = Authenticator(gateway.clients.auth, redis)
    return Watch(authenticator, Places(redis))


def test_an_expired_token_ends_its_connection(watch: Watch) -> None:
    late = Visitor(expires_at=int(time.time()) - 1)
    good = Visitor(expires_at=int(time.time()) + 60)
    for visitor in (late, good):
        watch.add(visitor)

    watch.look()

    assert (late.notes, good.notes) == (["ended 4401 token-invalid"], [])


def test_who_does_not_read_is_dropped_and_who_reads_hears_the_heart(watch: Watch) -> None:
    unread, leaving, reader = Visitor(), Visitor(), Visitor()
    for visitor in (unread, leaving, reader):
        watch.add(visitor)
    unread.sending_since = time.monotonic() - 60
    leaving.ending_since = time.monotonic() - 60
    reader.beat_at -= HEARTBEAT_S + 1

    watch.look()

    assert (unread.notes, leaving.notes, reader.notes) == (["dropped"], ["dropped"], ["beat"])


def test_strangers_of_one_address_are_limited_and_others_come_in(watch: Watch) -> None:
    for _ in range(200):
        watch.add(Visitor(principal=None))

    with pytest.raises(UnavailableError):
        watch.add(Visitor(principal=None))
    watch.add(Visitor(principal=None, address="198.51.100.1"))
    watch.add(Visitor(principal=None, address="198.51.100.1"))
