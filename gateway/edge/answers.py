"""Answers kept in Redis for some seconds, for routes that say so, and forgotten when they change.

Each subject (a workspace, or everybody) has a generation. An answer counts while the generation
is the one from before it was made, so one that was under way during a change is never kept.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import TypeVar
from uuid import UUID

import orjson
from arq.connections import ArqRedis
from redis.exceptions import RedisError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.edge.rate_limits import Values, in_time
from gateway.edge.routes import Operation
from shared.errors import PlatformError
from shared.http.client import ServiceClient
from shared.identity import Principal
from shared.logging import get_logger
from shared.wakeups import events_channel, listening

log = get_logger(__name__)

_PATIENCE_S = 0.05
_AWAY_S = 1.0
_LARGEST = 256 * 1024
_GENERATION_KEPT_S = 24 * 3600
_RETRY_S = 2.0
_BATCH = 500
_EVERYBODY = "everybody"
_KEPT_HEADERS = {b"content-type", b"etag"}
_CHANGED = {"data.dataset.uploaded", "data.dataset.deleted"}
_AWAY = (RedisError, OSError, TimeoutError)

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer is kept, if there is one.

    keys   of the subject's generation, and of the answer
    """

    keys: tuple[str, str]
    cache_s: int
    cache_control: str


def find_place(operation: Operation, principal: Principal, scope: Scope) -> Place | None:
    """Return where the answer to a request may be kept; None where it may not."""
    subject = _subject(operation, principal.workspace_id)
    if not operation.cache_s or subject is None or operation.method != "GET":
        return None
    keys = _generation(subject), f"cache:{subject}:{_digest(operation, scope)}"
    return Place(keys, operation.cache_s, operation.cache_control)


class AnswerCache:
    """Stands before the backends of routes whose answers may be kept."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis
        self._away_until = 0.0

    def before(self, backend: ASGIApp, place: Place, values: Values | None) -> ASGIApp:
        """Return an app that answers with what is kept, and else asks the backend.

        values   of ``place.keys``; None, and nothing is kept, while Redis is away
        """

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            generation, kept = _read(values)
            if kept is not None:
                await _send_kept(kept, send)
                return
            recording = _Recording(send, f"private, {place.cache_control}".encode())
            await backend(scope, receive, recording)
            whole = recording.whole()
            if generation is not None and whole is not None:
                document = orjson.dumps([generation, *whole])
                name = place.keys[1]
                await self._try(lambda: self._redis.set(name, document, ex=place.cache_s))

        return answer

    async def forget(self, service: str, workspace_id: UUID | None) -> None:
        """Let what is kept of a service's answers to a workspace no longer count."""
        if workspace_id is not None:
            name = _generation(f"{service}:{workspace_id.hex}")
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.incr(name)
            pipeline.expire(name, _GENERATION_KEPT_S)
            await self._try(pipeline.execute)

    async def follow(self, service: str, client: ServiceClient) -> None:
        """Forget what a service's events say has changed, until cancelled."""
        place = f"cache-seq:{service}"
        while True:
            try:
                async with listening(self._redis, events_channel(service)) as listener:
                    while True:
                        while await self._take_events(service, client, place):
                            pass
                        await listener.wait()
            except (*_AWAY, PlatformError) as error:
                log.warning("cache.events_not_read", service=service, reason=repr(error))
                await asyncio.sleep(_RETRY_S)

    async def _take_events(self, service: str, client: ServiceClient, place: str) -> int:
        seen = int(await self._redis.get(place) or 0)
        batch = await client.read_events(seen, _BATCH)
        for event in batch.events:
            if event.name in _CHANGED:
                await self.forget(service, event.workspace_id)
        if batch.events:
            await self._redis.set(place, batch.events[-1].seq)
        return len(batch.events)

    async def _try(self, ask: Callable[[], Awaitable[Found]]) -> Found | None:
        """Wait a moment for Redis; None, and nothing for a second, when it does not answer."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._away_until:
            return None
        try:
            return await in_time(_awaited(ask), _PATIENCE_S)
        except _AWAY as error:
            if loop.time() >= self._away_until:
                log.warning("cache.redis_away", reason=repr(error))
            self._away_until = loop.time() + _AWAY_S
            return None


_Kept = tuple[list[list[str]], str]


def _read(values: Values | None) -> tuple[int | None, _Kept | None]:
    """Return the generation, None while Redis is away, and the answer if it counts."""
    if values is None:
        return None, None
    generation = int(values[0] or 0)
    if values[1] is None:
        return generation, None
    made_in, headers, body = orjson.loads(values[1])
    return generation, (headers, body) if made_in == generation else None


class _Recording:
    """Holds an answer back until it is whole, so that it can be named, and then sends it."""

    def __init__(self, send: Send, cache_control: bytes) -> None:
        self._send = send
        self._cache_control = cache_control
        self._start: Message = {}
        self._body = b""
        self._passing = False

    async def __call__(self, message: Message) -> None:
        """Behave as ASGI's ``send``."""
        if self._passing:
            await self._send(message)
            return
        if message["type"] == "http.response.start":
            self._start = message
            self._passing = message["status"] != HTTPStatus.OK
            if self._passing:
                await self._send(message)
            return
        self._body += message.get("body", b"")
        if len(self._body) > _LARGEST:
            await self._let_pass(message.get("more_body", False))
        elif not message.get("more_body", False):
            self._dress()
            await self._let_pass(False)

    def whole(self) -> _Kept | None:
        """Return the answer to keep; None for one that is too large, or no success."""
        if self._start.get("status") != HTTPStatus.OK or not 0 < len(self._body) <= _LARGEST:
            return None
        kept = [
            [name.decode("latin-1"), value.decode("latin-1")]
            for name, value in self._start["headers"]
            if name in _KEPT_HEADERS or name == b"cache-control"
        ]
        return kept, self._body.decode()

    def _dress(self) -> None:
        headers = list(self._start["headers"])
        if not any(name == b"etag" for name, _ in headers):
            tag = f'W/"{sha256(self._body).hexdigest()[:24]}"'
            headers.append((b"etag", tag.encode()))
        headers = [pair for pair in headers if pair[0] != b"cache-control"]
        headers.append((b"cache-control", self._cache_control))
        self._start = {**self._start, "headers": headers}

    async def _let_pass(self, more: bool) -> None:
        self._passing = True
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": self._body, "more_body": more})


async def _send_kept(kept: _Kept, send: Send) -> None:
    headers, text = kept
    body = text.encode()
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    encoded.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


async def _awaited(ask: Callable[[], Awaitable[Found]]) -> Found:
    return await ask()


def _subject(operation: Operation, workspace_id: UUID | None) -> str | None:
    """Say whose answer it is; an answer to one workspace is never another's."""
    if operation.cache_for == _EVERYBODY:
        return f"{operation.service}:{_EVERYBODY}"
    return f"{operation.service}:{workspace_id.hex}" if workspace_id is not None else None


def _generation(subject: str) -> str:
    return f"cache-generation:{subject}"


def _digest(operation: Operation, scope: Scope) -> str:
    language = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
    raw_path = scope.get("raw_path") or scope["path"].encode()
    parts = (operation.id.encode(), raw_path, scope["query_string"], language)
    return sha256(b"\n".join(parts)).hexdigest()
