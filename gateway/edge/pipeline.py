"""The edge itself: an ASGI app between the public and the services' apps."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from gateway.catalog import Catalog
from gateway.edge.answers import AnswerCache, find_place
from gateway.edge.authentication import Callers
from gateway.edge.bodies import (
    ClientGoneError,
    MeteredBody,
    WholeBody,
    check_declared_length,
    read_body,
)
from gateway.edge.capacity import Capacity, Share
from gateway.edge.cors import CorsPolicy
from gateway.edge.exchange import Exchange
from gateway.edge.policies import RatePolicies, subject_of
from gateway.edge.rate_limits import RateLimiter
from gateway.edge.routes import ANY_SCOPE, JSON_LIMIT, Operation
from gateway.edge.strict_json import parse_json
from gateway.errors import UriTooLongError
from gateway.observer import Observer
from gateway.settings import GatewaySettings
from shared.errors import (
    BadRequestError,
    DeadlineExceededError,
    ForbiddenError,
    NotAuthenticatedError,
    NotFoundError,
    PlatformError,
    UnsupportedMediaTypeError,
)
from shared.http.app import read_request_id
from shared.identity import ANONYMOUS, Principal
from shared.logging import get_logger
from shared.tracing import TRACEPARENT, name_span, span

log = get_logger(__name__)

_LONGEST_ADDRESS = 8192
_CLIENT_GONE = 499
_TRACEPARENT = TRACEPARENT.encode()
_READING = {"GET", "HEAD"}
_CACHED_SERVICE = "data"
"""Whose answers to a workspace are kept, and change with what the workspace sends."""

_WITHOUT_BODY = {"GET", "HEAD", "DELETE"}


class Edge:
    """Checks a request, hands it to the backend of its operation, and dresses the answer."""

    def __init__(
        self,
        settings: GatewaySettings,
        catalog: Catalog,
        backends: Mapping[str, ASGIApp],
        callers: Callers,
        limiter: RateLimiter,
        policies: RatePolicies,
        observer: Observer,
        answers: AnswerCache,
    ) -> None:
        self._answers = answers
        self._settings = settings
        self._catalog = catalog
        self._backends = backends
        self._callers = callers
        self._limiter = limiter
        self._policies = policies
        self._observer = observer
        self._cors = CorsPolicy(settings.cors_origins)
        self._capacity = Capacity(settings.most_requests_at_once, settings.most_body_bytes_at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        request_id = read_request_id(Headers(scope=scope))
        exchange = Exchange(scope, receive, send, request_id)
        parent = exchange.headers.get(_TRACEPARENT, b"").decode("latin-1")
        with (
            bound_contextvars(request_id=request_id),
            span(exchange.method, "server", parent, request_id=request_id) as traced,
        ):
            try:
                await self._answer(exchange)
            except PlatformError as error:
                await exchange.send_problem(error)
            except ClientGoneError:
                exchange.status = _CLIENT_GONE
            finally:
                self._observer.record(exchange)
                route = exchange.operation.path if exchange.operation else None
                name = f"{exchange.method} {route or 'unknown'}"
                name_span(traced, name, exchange.status, **{"http.route": route})

    async def _answer(self, exchange: Exchange) -> None:
        exchange.extra_headers = self._cors.headers(exchange.headers.get(b"origin"))
        if exchange.method == "OPTIONS":
            await self._answer_options(exchange)
            return
        refusal = self._find(exchange)
        if exchange.operation is not None and not exchange.operation.cost:
            await self._serve(exchange, refusal, Share(self._capacity))
            return
        with self._capacity.enter() as share:
            await self._serve(exchange, refusal, share)

    async def _serve(self, exchange: Exchange, refusal: PlatformError | None, share: Share) -> None:
        denial = await self._identify(exchange)
        await self._count(exchange)
        if exchange.operation is None:
            raise refusal or NotFoundError
        principal = _authorize(exchange.operation, exchange.principal or ANONYMOUS, denial)
        exchange.operation.check_query(exchange.scope["query_string"])
        await self._pass_on(exchange, exchange.operation, principal, share)
        if exchange.method not in _READING and exchange.operation.service == _CACHED_SERVICE:
            await self._answers.forget(_CACHED_SERVICE, principal.workspace_id)

    def _find(self, exchange: Exchange) -> PlatformError | None:
        """Find the operation; an unknown one is counted before it is refused."""
        raw_path: bytes = exchange.scope.get("raw_path") or exchange.path.encode()
        try:
            if len(raw_path) + len(exchange.scope["query_string"]) > _LONGEST_ADDRESS:
                raise UriTooLongError(f"an address may have {_LONGEST_ADDRESS} bytes")
            if "\0" in exchange.path:
                raise BadRequestError("the path must not hold U+0000")
            exchange.operation = self._catalog.find(exchange.method, exchange.path)
        except PlatformError as error:
            return error
        return None

    async def _identify(self, exchange: Exchange) -> PlatformError | None:
        """Find out who calls; a credential that is not good makes an anonymous caller."""
        try:
            exchange.principal = await self._callers.identify(exchange.headers, exchange.address)
        except (NotAuthenticatedError, BadRequestError) as error:
            exchange.principal = Principal("anonymous", address=exchange.address)
            return error
        return None

    async def _count(self, exchange: Exchange) -> None:
        """Take the operation's cost from the caller's allowance. Raises RateLimitedError."""
        principal = exchange.principal or ANONYMOUS
        operation = exchange.operation
        if operation is not None and not operation.cost:
            return
        if operation is not None:
            exchange.place = find_place(operation, principal, exchange.scope)
        exchange.allowance, exchange.kept = await self._limiter.take_and_read(
            subject_of(principal),
            self._policies.of(principal),
            operation.cost if operation else 1,
            exchange.place.keys if exchange.place else (),
            strict=operation is not None and operation.must_be_counted,
        )
        exchange.allowance.check()

    async def _pass_on(
        self, exchange: Exchange, operation: Operation, principal: Principal, share: Share
    ) -> None:
        backend = self._backends[operation.service]
        if exchange.place is not None:
            backend = self._answers.before(backend, exchange.place, exchange.kept)
        scope = exchange.scope_for_service(self._callers.sign(principal))
        deadline_s = self._settings.answer_deadline_s
        if operation.body == "json":
            receive = await self._read_json(exchange, operation, share)
            await _call(exchange, backend, scope, receive, exchange.send, deadline_s)
        elif operation.body == "none" and exchange.method in _WITHOUT_BODY:
            check_declared_length(exchange.headers.get(b"content-length"), JSON_LIMIT)
            await _call(exchange, backend, scope, exchange.receive, exchange.send, deadline_s)
        else:
            await self._stream(exchange, operation, backend, scope)

    async def _read_json(self, exchange: Exchange, operation: Operation, share: Share) -> Receive:
        headers = exchange.headers
        check_declared_length(headers.get(b"content-length"), operation.body_limit)
        deadline_s = self._settings.body_deadline_s
        body = await read_body(exchange.receive, operation.body_limit, deadline_s, share)
        if body:
            media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
            if media_type != b"application/json":
                raise UnsupportedMediaTypeError("send application/json")
            if headers.get(b"content-encoding", b"identity").lower() != b"identity":
                raise UnsupportedMediaTypeError("send the body without Content-Encoding")
            parse_json(body)
        return WholeBody(body, exchange.receive)

    async def _stream(
        self, exchange: Exchange, operation: Operation, backend: ASGIApp, scope: Scope
    ) -> None:
        check_declared_length(exchange.headers.get(b"content-length"), operation.body_limit)
        settings = self._settings
        body = MeteredBody(
            exchange.receive,
            operation.body_limit,
            settings.upload_idle_s,
            settings.upload_bytes_per_s,
        )

        async def send(message: Message) -> None:
            if body.problem is None:
                await exchange.send(message)

        try:
            await _call(exchange, backend, scope, body, send, settings.upload_deadline_s)
        finally:
            if body.problem is not None and not exchange.status:
                raise body.problem

    async def _answer_options(self, exchange: Exchange) -> None:
        methods = self._catalog.methods(exchange.path)
        if not methods:
            raise NotFoundError("there is no such resource")
        headers = self._cors.preflight_headers(exchange.headers, methods)
        await exchange.send_whole(204, b"", b"text/plain", headers)


def _authorize(
    operation: Operation, principal: Principal, denial: PlatformError | None
) -> Principal:
    """Return the caller if the operation is for them."""
    if operation.scope is None:
        return principal
    if denial is not None:
        raise denial
    if principal.kind == "anonymous":
        raise NotAuthenticatedError
    if operation.scope != ANY_SCOPE and not principal.allows(operation.scope):
        raise ForbiddenError(
            f"this key lacks the scope {operation.scope}", required_scope=operation.scope
        )
    return principal


async def _call(
    exchange: Exchange,
    backend: ASGIApp,
    scope: Scope,
    receive: Receive,
    send: Callable[[Message], Awaitable[None]],
    deadline_s: float,
) -> None:
    """Call the backend. A service answers its own failures, and raises them once more.

    Raises DeadlineExceededError when it has not begun to answer in time. How long an answer may
    take from then on is between the server and the client's reading.
    """
    try:
        async with asyncio.timeout(deadline_s) as clock:

            async def answer(message: Message) -> None:
                if clock.when() is not None:
                    clock.reschedule(None)
                await send(message)

            await backend(scope, receive, answer)
    except PlatformError:
        raise
    except TimeoutError as error:
        if exchange.status:
            raise
        raise DeadlineExceededError from error
    except Exception as error:
        if exchange.complete:
            return
        log.exception("edge.backend_failed", path=exchange.path)
        if exchange.status:
            raise
        raise PlatformError from error
    if not exchange.status and not isinstance(receive, MeteredBody):
        raise PlatformError("the service gave no answer")
