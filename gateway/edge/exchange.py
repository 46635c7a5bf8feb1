"""One request at the edge, and its answer on the way out."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from time import perf_counter
from typing import Any

import orjson
from starlette.types import Message, Receive, Scope, Send

from gateway.edge.answers import Place
from gateway.edge.cookies import cookies_for_service, may_set_cookies
from gateway.edge.rate_limits import Allowance, Values
from gateway.edge.routes import Operation
from shared.errors import PlatformError
from shared.http.app import PUBLIC_PREFIX
from shared.http.problems import MEDIA_TYPE, problem_document
from shared.identity import IDENTITY_HEADER, Principal
from shared.tracing import TRACEPARENT, traceparent

_IDENTITY = IDENTITY_HEADER.lower().encode()
_TRACEPARENT = TRACEPARENT.encode()
_INTERNAL_PREFIX = b"x-naru-"
_KEPT_AT_THE_DOOR = {b"authorization", b"x-api-key", b"cookie", b"x-request-id", b"forwarded"}
_FORWARDED_PREFIX = b"x-forwarded-"
_OURS_ALONE = {b"x-request-id", b"ratelimit", b"ratelimit-policy", b"server", b"date"}
SAFETY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-site"),
]
_NOTHING_LOADS = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_OF_A_BODY = {b"content-length", b"content-type", b"content-encoding"}
_CHALLENGE = (b"www-authenticate", b'Bearer realm="naru"')
_NOT_STORED = (b"cache-control", b"no-store")
_REVALIDATED = (b"cache-control", b"private, no-cache")


EXCHANGE = "naru.exchange"
"""Where the gateway's own resources find the exchange, in the ASGI scope."""


class Exchange:
    """Carries what the edge learns about a request; adds its headers to the answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        self.scope = scope
        self.receive = receive
        self.request_id = request_id
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        client = scope.get("client")
        self.address: str | None = client[0] if client else None
        self.operation: Operation | None = None
        self.principal: Principal | None = None
        self.allowance: Allowance | None = None
        self.place: Place | None = None
        self.kept: Values | None = None
        self.status = 0
        self.complete = False
        self.started_at = perf_counter()
        self.extra_headers: list[tuple[bytes, bytes]] = []
        self._send = send
        self._is_unchanged = False

    def scope_for_service(self, identity: bytes) -> Scope:
        """Return the scope that a service sees: credentials replaced by the signed identity."""
        headers = [
            (name, value)
            for name, value in self.scope["headers"]
            if name not in _KEPT_AT_THE_DOOR
            and not name.startswith((_INTERNAL_PREFIX, _FORWARDED_PREFIX))
        ]
        if b"cookie" in self.headers:
            given = (value for name, value in self.scope["headers"] if name == b"cookie")
            cookies = cookies_for_service(self._template, given)
            headers += [(b"cookie", cookies)] if cookies else []
        parent = traceparent()
        if parent is not None:
            headers = [pair for pair in headers if pair[0] != _TRACEPARENT]
            headers.append((_TRACEPARENT, parent.encode()))
        headers += [(_IDENTITY, identity), (b"x-request-id", self.request_id.encode())]
        scope = {**self.scope, "headers": headers, EXCHANGE: self}
        scope.pop("app", None)
        if self.method == "HEAD":
            scope["method"] = "GET"
        if self.operation is not None and self.operation.canonical is not None:
            scope["path"] = self.operation.canonical_path(self.path)
            raw_path = scope.get("raw_path") or self.path.encode()
            scope["raw_path"] = self.operation.canonical_path(raw_path.decode("ascii")).encode()
        return scope

    @property
    def _template(self) -> str:
        return self.operation.path if self.operation else ""

    async def send(self, message: Message) -> None:
        """Pass a message of the answer on to the client."""
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            self._is_unchanged = self._client_has(message["status"], headers)
            if self._is_unchanged:
                headers = [pair for pair in headers if pair[0] not in _OF_A_BODY]
            self.status = int(HTTPStatus.NOT_MODIFIED) if self._is_unchanged else message["status"]
            message = {**message, "status": self.status, "headers": self._dress(headers)}
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
            if self.method == "HEAD" or self._is_unchanged:
                message = {**message, "body": b""}
        await self._send(message)

    async def send_problem(self, error: PlatformError) -> None:
        """Answer with a problem."""
        body = orjson.dumps(problem_document(error, self.path), default=str)
        given = [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
        if error.status == HTTPStatus.UNAUTHORIZED:
            given.append(_CHALLENGE)
        await self.send_whole(error.status, body, MEDIA_TYPE.encode(), given)

    async def send_whole(
        self,
        status: int,
        body: bytes,
        media_type: bytes,
        headers: Iterable[tuple[bytes, bytes]] = (),
    ) -> None:
        """Answer with a whole body."""
        length = str(len(body)).encode()
        dressed = [(b"content-type", media_type), (b"content-length", length), *headers]
        await self.send({"type": "http.response.start", "status": status, "headers": dressed})
        await self.send({"type": "http.response.body", "body": body})

    def facts(self) -> Mapping[str, Any]:
        """Return what the access log says about the request."""
        principal = self.principal
        return {
            "method": self.method,
            "path": self.path,
            "operation": self.operation.id if self.operation else None,
            "status": self.status,
            "duration_ms": round((perf_counter() - self.started_at) * 1000, 2),
            "caller": principal.kind if principal else None,
            "workspace_id": str(principal.workspace_id) if principal else None,
        }

    def _client_has(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Tell whether the client holds what the answer would say (RFC 9110, 13.1.2)."""
        wanted = self.headers.get(b"if-none-match")
        if wanted is None or status != HTTPStatus.OK or self.method not in {"GET", "HEAD"}:
            return False
        held = {tag.strip().removeprefix(b"W/") for tag in wanted.split(b",")}
        return any(
            name == b"etag" and (b"*" in held or value.removeprefix(b"W/") in held)
            for name, value in headers
        )

    def _dress(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return the service's headers with the edge's own."""
        dressed = []
        names = set()
        for name, value in headers:
            if name in _OURS_ALONE or (
                name == b"set-cookie" and not may_set_cookies(self._template)
            ):
                continue
            names.add(name)
            if name == b"location" and value.startswith(b"/") and not _is_public(value):
                dressed.append((name, PUBLIC_PREFIX.encode() + value))
            else:
                dressed.append((name, value))
        dressed.append((b"x-request-id", self.request_id.encode()))
        if self.allowance is not None:
            dressed += self.allowance.headers()
        dressed += SAFETY_HEADERS
        if b"content-security-policy" not in names:
            dressed.append(_NOTHING_LOADS)
        if b"cache-control" not in names:
            dressed.append(_REVALIDATED if b"etag" in names else _NOT_STORED)
        dressed += self.extra_headers
        return dressed


def _is_public(location: bytes) -> bool:
    return location.startswith((PUBLIC_PREFIX.encode() + b"/", b"//"))
