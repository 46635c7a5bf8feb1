"""Whatever is sent to whatever there is, nothing breaks: no answer is a 5xx."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx2
import pytest

from gateway.app import Gateway
from shared.http.transports import connect
from tests.gateway.caller import Caller

Document = Mapping[str, Any]

HOSTILE_SEGMENTS = (
    "%00",
    "%2F",
    "..",
    "x" * 3000,
    "st_" + "g" * 32,
    "%F0%9F%92%A3",
    "%ED%A0%80",
    "-1",
)
HOSTILE_VALUES = (
    "",
    "%00",
    "-1",
    "99999999999999999999",
    "1e400",
    "x" * 3000,
    "%ED%A0%80",
    "NaN",
    "'",
)
HOSTILE_BODIES: tuple[bytes, ...] = (
    b"",
    b"null",
    b"5",
    b"[]",
    b"{}",
    b"NaN",
    b'{"name": 1e400}',
    b'{"name": "\\ud800"}',
    b'{"name": "\\u0000"}',
    b'{"a": 1, "a": 2}',
    b"[" * 1000,
    b'{"name": ' + b"9" * 5000 + b"}",
    b'{"name": "'
    + "\u202e\U0001f4a3".encode()
    + b'", "email": "a@b", "source": "(", "config": {}}',
)


@pytest.fixture
async def visitor(platform: Gateway) -> AsyncIterator[Caller]:
    """Return somebody who has signed in to the whole platform."""
    async with connect(None, platform) as http:
        yield await Caller(http).register("eve@example.com")


@pytest.fixture
async def document(visitor: Caller) -> Document:
    """Return the public OpenAPI document."""
    document: Document = (await visitor.http.get("/openapi.json")).json()
    return document


def operations(document: Document, *methods: str) -> Iterator[tuple[str, str, Document]]:
    for path, known in document["paths"].items():
        for method, operation in known.items():
            if not methods or method in methods:
                yield method.upper(), path, operation


def fill(path: str, segment: str) -> str:
    """Put a segment in the place of every variable."""
    return "/".join(segment if part.startswith("{") else part for part in path.split("/"))


def broken(answer: httpx2.Response) -> bool:
    """Tell an answer that must never be given; long work may time out, which is no failure."""
    return answer.status_code >= 500


async def test_hostile_paths(visitor: Caller, document: Document) -> None:
    failures = []
    for method, path, _ in operations(document):
        if "{" not in path:
            continue
        for segment in HOSTILE_SEGMENTS:
            answer = await visitor.http.request(
                method, fill(path, segment), headers=visitor.headers | {"If-Match": '"1"'}
            )
            if broken(answer):
                failures.append((method, path, segment[:40], answer.text[:200]))
    assert not failures


async def test_hostile_queries(visitor: Caller, document: Document) -> None:
    failures = []
    for method, path, operation in operations(document, "get"):
        fields = [field for field in operation.get("parameters", []) if field["in"] == "query"]
        for field in fields:
            for value in HOSTILE_VALUES:
                url = f"{fill(path, 'st_' + '0' * 32)}?{field['name']}={value}"
                answer = await visitor.http.request(method, url, headers=visitor.headers)
                if broken(answer):
                    failures.append((url[:120], answer.text[:200]))
    assert not failures


@pytest.mark.parametrize("content_type", ["application/json", "text/csv", "multipart/form-data"])
async def test_hostile_bodies(visitor: Caller, document: Document, content_type: str) -> None:
    failures = []
    headers = visitor.headers | {"Content-Type": content_type, "If-Match": '"1"'}
    for method, path, _ in operations(document, "post", "put", "patch"):
        if "mfa" in path:  # a second factor that is enrolled halfway would lock the visitor out
            continue
        for body in HOSTILE_BODIES:
            url = fill(path, "st_" + "0" * 32)
            answer = await visitor.http.request(method, url, content=body, headers=headers)
            if broken(answer):
                failures.append((method, url, body[:60], answer.text[:200]))
    assert not failures


async def test_every_operation_wants_a_credential_unless_it_says_otherwise(
    visitor: Caller, document: Document
) -> None:
    for method, path, operation in operations(document):
        answer = await visitor.http.request(method, fill(path, "x"))
        if operation["security"]:
            assert answer.status_code == 401, (method, path)
        else:
            assert answer.status_code < 500, (method, path)


async def test_operations_have_distinct_names_and_say_what_they_do(document: Document) -> None:
    found = list(operations(document))
    names = [operation["operationId"] for _, _, operation in found]

    assert len(names) == len(set(names))
    assert [path for _, path, operation in found if not operation.get("description")] == []
