"""Slow and endless clients are closed; others do not notice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from gateway.server import MAX_HEADER_BYTES, DeadlineProtocol, server_options


class HastyProtocol(DeadlineProtocol):
    """Gives its clients a fifth of a second for what they send, and one to read."""

    header_deadline_s = 0.2
    unread_deadline_s = 1.0
    leftover_deadline_s = 0.2


class CalmProtocol(HastyProtocol):
    """Gives clients that do as they should time to do it on a busy machine."""

    header_deadline_s = 5.0


class Endless:
    """Answers with more than a connection holds; notes how its answers end."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(1000):
                piece = {"type": "http.response.body", "body": b"x" * 100_000, "more_body": True}
                await send(piece)
        finally:
            self.ended.set()


async def answer_ok(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/endless":
        await ENDLESS(scope, receive, send)
        return
    body = b"ok" if scope["path"] != "/large" else b"x" * 200_000
    ANSWERED.append(scope["path"])
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


ENDLESS = Endless()
ANSWERED: list[str] = []


class PatientProtocol(DeadlineProtocol):
    """Waits for what the test's own machine is late with."""

    leftover_deadline_s = 60.0


@asynccontextmanager
async def serving(protocol: type[DeadlineProtocol]) -> AsyncIterator[int]:
    """Run a server; yield its port."""
    options = server_options() | {"http": protocol}
    server = uvicorn.Server(uvicorn.Config(answer_ok, port=0, lifespan="off", **options))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Return the port of a server whose clients have a fifth of a second for their headers."""
    async with serving(HastyProtocol) as port:
        yield port


@pytest.fixture
async def calm_port() -> AsyncIterator[int]:
    """Return the port of a server that waits longer for headers."""
    async with serving(CalmProtocol) as port:
        yield port


async def exchange(port: int, *parts: bytes) -> bytes:
    """Send the parts and return all that comes back until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    async with asyncio.timeout(60):
        answer = await reader.read()
    writer.close()
    return answer


GET = b"GET / HTTP/1.1\r\nHost: x\r\n"


async def test_a_client_that_says_nothing_is_closed(port: int) -> None:
    assert (
        await exchange(port)
        == b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )


async def test_headers_that_never_end_are_closed(port: int) -> None:
    assert (await exchange(port, GET, b"X-Slow: ")).startswith(b"HTTP/1.1 408")


async def test_a_second_request_has_a_deadline_too(calm_port: int) -> None:
    answer = await exchange(calm_port, GET + b"\r\n", GET)

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408" in answer


POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


async def send_for_ever(writer: asyncio.StreamWriter) -> None:
    """Send until the connection is gone."""
    while True:
        writer.write(b"x" * 10_000)
        await writer.drain()


async def test_a_body_that_goes_on_after_the_answer_is_closed(calm_port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", calm_port)
    writer.write(POST % 10**15 + b"x")
    async with asyncio.timeout(60):
        answer = await reader.readuntil(b"ok")
        with pytest.raises(ConnectionError):
            await send_for_ever(writer)
    writer.close()

    assert answer.startswith(b"HTTP/1.1 200")


async def test_who_sends_all_before_reading_gets_the_answer_and_may_go_on() -> None:
    body, last = b"x" * 10_000_000, GET + b"Connection: close\r\n\r\n"

    async with serving(PatientProtocol) as port:
        answer = await exchange(port, POST % len(body) + body, last)

    assert answer.count(b"HTTP/1.1 200") == 2


async def test_headers_without_end_are_refused(calm_port: int) -> None:
    fields = b"".join(
        b"X-%d: %s\r\n" % (n, b"y" * 1000) for n in range(MAX_HEADER_BYTES // 1000 + 1)
    )

    assert (await exchange(calm_port, GET, fields)).startswith(b"HTTP/1.1 431")


async def test_a_request_in_time_is_answered_while_many_are_slow(calm_port: int) -> None:
    slow = [asyncio.create_task(exchange(calm_port, GET)) for _ in range(100)]

    answer = await exchange(calm_port, GET + b"Connection: close\r\n\r\n")

    assert answer.endswith(b"\r\n\r\nok")
    assert all(one.startswith(b"HTTP/1.1 408") for one in await asyncio.gather(*slow))


async def test_a_client_that_never_reads_is_cut_off_and_lets_the_app_go(calm_port: int) -> None:
    ENDLESS.ended.clear()
    reader, writer = await asyncio.open_connection("127.0.0.1", calm_port, limit=1)
    writer.write(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(60):
        await ENDLESS.ended.wait()
        received = await reader.read(-1)
    writer.close()

    assert len(received) < 50_000_000


class NotingProtocol(HastyProtocol):
    """Notes that a connection is lost."""

    lost = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.lost.set()


async def ask_for_much_and_read_nothing() -> None:
    async with serving(NotingProtocol) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
        async with asyncio.timeout(60):
            await NotingProtocol.lost.wait()
        writer.close()


async def test_who_reads_none_of_many_answers_is_cut_off_without_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ANSWERED.clear()
    # On the loop that serves: asyncio's own takes what is written into closed connections.
    await asyncio.to_thread(uvloop.run, ask_for_much_and_read_nothing())

    assert [record.getMessage() for record in caplog.records] == []
    assert len(ANSWERED) < 15  # 3 MB; the kernel would have taken more than 4 by itself


async def test_a_client_that_reads_slowly_but_reads_gets_all(calm_port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", calm_port)
    writer.write(b"GET /endless HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    received = 0
    async with asyncio.timeout(60):
        while piece := await reader.read(1_000_000):
            received += len(piece)
    writer.close()

    assert received > 1000 * 100_000
