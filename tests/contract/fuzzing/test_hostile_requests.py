"""Whatever comes over the wire, no answer is a 5xx, and afterwards the platform is well."""

import asyncio
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.contract.fuzzing.hostile_requests import (
    BROKEN_MESSAGES,
    Hostile,
    hostile_to_operation,
)
from tests.journeys.installation import Installation, Person

# Every request is sent with NARU_FUZZ=all; otherwise each operation gets every seventh.
_STRIDE = 1 if os.environ.get("NARU_FUZZ") == "all" else 7
_AT_ONCE = 16
_PATIENCE_S = 40.0
# These would end the session that everything else is tried with.
_SELF_DESTRUCTIVE = {"delete_me", "end_all_sessions", "end_one_session", "logout"}


async def send(host: str, port: int, message: bytes) -> bytes:
    """Return the beginning of the answer; nothing when the connection was closed without one."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(message)
        await writer.drain()
        return await reader.read(4096)
    except ConnectionError:  # the server has hung up while we still talked
        return b""
    finally:
        writer.close()


def read_status(answer: bytes) -> int | None:
    """Return the status; None when there is no answer."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else None


async def find_failures(
    url: str, requests: Iterable[Hostile], token: str | None
) -> tuple[int, list[tuple[str, bytes]]]:
    """Send them all; return how many there were, and which were answered by a 5xx or not at all."""
    address = urlsplit(url)
    waiting = iter(requests)
    failures = []
    count = 0

    async def work() -> None:
        nonlocal count
        for request in waiting:
            count += 1
            message = request.to_bytes(address.netloc, token)
            async with asyncio.timeout(_PATIENCE_S):
                answer = await send(address.hostname or "", address.port or 0, message)
            status = read_status(answer)
            if status is None or status >= 500:
                failures.append((request.what, answer[-300:]))

    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))
    return count, failures


def all_requests(document: Any, excluded: set[str]) -> Iterator[Hostile]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["operationId"] not in excluded:
                yield from hostile_to_operation(method.upper(), path, operation, document)


@pytest.mark.timeout(600)
async def test_hostile_requests_of_somebody_signed_in(
    fuzzed_installation: Installation, document: Any, attacker: Person
) -> None:
    requests = islice(all_requests(document, _SELF_DESTRUCTIVE), 0, None, _STRIDE)

    count, failures = await find_failures(fuzzed_installation.url, requests, attacker.token)

    assert count > 1000
    assert failures == []
    assert (await attacker.ask("GET", "/me")).status_code == 200


@pytest.mark.timeout(600)
async def test_hostile_requests_of_strangers(
    fuzzed_installation: Installation, document: Any, attacker: Person
) -> None:
    public = {
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if operation["security"]
    }
    requests = islice(all_requests(document, public), 0, None, _STRIDE)

    count, failures = await find_failures(fuzzed_installation.url, requests, None)

    assert count > 100
    assert failures == []


@pytest.mark.parametrize(
    ("what", "message"), BROKEN_MESSAGES, ids=[what for what, _ in BROKEN_MESSAGES]
)
async def test_messages_that_are_no_http(
    fuzzed_installation: Installation, what: str, message: bytes
) -> None:
    address = urlsplit(fuzzed_installation.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(message)
        writer.write_eof()
        async with asyncio.timeout(_PATIENCE_S):
            answer = await reader.read(4096)
    except TimeoutError:
        raise  # it is an OSError too, but silence is no answer
    except OSError:  # closed already: as good an answer as any
        answer = b""
    finally:
        writer.close()

    status = read_status(answer)
    assert status is None or status < 500, answer
    async with httpx2.AsyncClient(base_url=fuzzed_installation.url) as http:
        assert (await http.get("/health/live")).status_code == 200


async def test_cursors_of_other_lists_and_forged_ones(
    fuzzed_installation: Installation, document: Any, attacker: Person
) -> None:
    for number in range(3):
        await attacker.must("POST", "/strategies", {"name": f"No. {number}"})
    cursor = (await attacker.must("GET", "/strategies?limit=1"))["next_cursor"]
    forged = [cursor, cursor[:-2], cursor + "AA", cursor[::-1], cursor.swapcase(), "A" * 2048]
    lists = [
        path.removeprefix("/api/v1")
        for path, methods in document["paths"].items()
        for operation in [methods.get("get", {})]
        if any(found["name"] == "cursor" for found in operation.get("parameters", []))
    ]

    assert len(lists) > 10
    for path in lists:
        filled = "/".join("x" if part.startswith("{") else part for part in path.split("/"))
        for one in forged:
            answer = await attacker.ask("GET", f"{filled}?cursor={one}")
            assert answer.status_code < 500, (path, one, answer.text)
    for one in forged[1:]:
        assert (await attacker.ask("GET", f"/strategies?cursor={one}")).status_code == 422
