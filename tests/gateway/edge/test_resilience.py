"""Crowds, slow services, slow clients and a Redis that hangs: others do not notice."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from gateway.app import Gateway
from gateway.edge.bodies import MeteredBody
from gateway.errors import RequestTimeoutError
from infra.embedded.valkey import Valkey
from shared.http.transports import connect
from tests.gateway.caller import Caller
from tests.gateway.conftest import Beneath


@asynccontextmanager
async def calling(gateway: Gateway) -> AsyncIterator[Caller]:
    """Open a gateway; give somebody who has signed in there."""
    async with gateway.open(), connect(None, gateway) as http:
        yield await Caller(http).register("noor@example.com")


@pytest.fixture
async def crowded(beneath: Beneath) -> AsyncIterator[Caller]:
    """Return somebody at a gateway that takes on two requests, and few bytes, at a time."""
    gateway = beneath.gateway(
        most_requests_at_once=2, most_body_bytes_at_once=1000, body_deadline_s=0.5
    )
    async with calling(gateway) as caller:
        yield caller


async def test_beyond_its_capacity_a_process_says_so_at_once(crowded: Caller) -> None:
    *answers, health = await asyncio.gather(
        *(crowded.call("GET", "/slow") for _ in range(3)), crowded.http.get("/health/live")
    )
    again = await crowded.call("GET", "/things")

    assert sorted(one.status_code for one in answers) == [200, 200, 503]
    (refused,) = [one for one in answers if one.status_code == 503]
    assert refused.json()["code"] == "overloaded"
    assert refused.headers["Retry-After"] == "1"
    assert health.status_code == 200
    assert again.status_code == 200


async def test_bodies_are_held_up_to_a_bound_and_let_go(crowded: Caller) -> None:
    fits = [await crowded.call("POST", "/things", json={"name": "x" * 800}) for _ in range(2)]
    refused = await crowded.call("POST", "/things", json={"name": "x" * 1200})

    assert [one.status_code for one in fits] == [201, 201]
    assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")


async def test_a_service_that_is_stuck_is_given_up(beneath: Beneath) -> None:
    gateway = beneath.gateway(answer_deadline_s=0.1)
    async with gateway.open(), connect(None, gateway) as http:
        answer = await Caller(http).call("GET", "/slow")

    assert (answer.status_code, answer.json()["code"]) == (504, "deadline-exceeded")


async def test_an_upload_that_drips_is_cut_off_though_it_never_pauses() -> None:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"x", "more_body": True}

    body = MeteredBody(receive, limit=10**9, idle_s=0.05, bytes_per_s=10**9)
    async with asyncio.timeout(60):
        while (await body())["type"] == "http.request":
            await asyncio.sleep(0)

    assert isinstance(body.problem, RequestTimeoutError)


async def test_an_upload_with_enough_speed_may_take_longer_than_a_pause() -> None:
    async def receive() -> dict[str, object]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    body = MeteredBody(receive, limit=10**9, idle_s=0.1, bytes_per_s=1000)
    began = time.monotonic()
    while time.monotonic() - began < 0.3:
        assert (await body())["type"] == "http.request"


async def test_while_redis_hangs_reads_go_on_and_what_counts_is_refused(
    beneath: Beneath, own_valkey: tuple[Valkey, int]
) -> None:
    server, pid = own_valkey
    async with calling(beneath.gateway(redis_url=SecretStr(server.url()))) as caller:
        await caller.call("GET", "/things")
        os.kill(pid, signal.SIGSTOP)

        read = await caller.call("GET", "/things")
        cancelled = await caller.call("POST", "/runs/1/cancel")
        created = await caller.call("POST", "/runs")
        login = await Caller(caller.http).call("POST", "/auth/login", json={})
        os.kill(pid, signal.SIGCONT)
        async with asyncio.timeout(60):
            while (back := await caller.call("POST", "/runs")).status_code == 503:
                await asyncio.sleep(0.1)

    assert (read.status_code, cancelled.status_code) == (200, 200)
    for refused in (created, login):
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert refused.headers["Retry-After"] == "1"
    assert back.status_code == 202
