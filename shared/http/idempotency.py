"""``Idempotency-Key`` on every POST of every service."""

import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import (
    InvalidInputError,
    NotAuthenticatedError,
    PlatformError,
    UnavailableError,
)
from shared.http.problems import problem_response
from shared.idempotency.attempts import Answer, Attempt, current_attempt, new_attempt
from shared.identity import IDENTITY_HEADER, Principal
from shared.logging import get_logger
from shared.secrets import derive_key
from shared.vault import Vault

log = get_logger(__name__)

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
_LONGEST_KEY = 255
_JSON = "application/json"
_CLIENT_ERROR, _SERVER_ERROR = 400, 500
_KEPT_HEADERS = {"content-type", "location", "etag", "cache-control"}


class IdempotencyMiddleware:
    """Answers a request that was sent before as it was answered then.

    Answers are kept sealed: some show a secret that is shown once.
    A body that is not JSON (an upload) is told from another by its type and length alone.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Behave as ASGI middleware."""
        key = Headers(scope=scope).get(KEY_HEADER) if _may_carry_key(scope) else None
        principal = _read_principal(scope) if key is not None else None
        if key is None or principal is None or principal.workspace_id is None:
            await self._app(scope, receive, send)
            return
        try:
            _check_key(key)
            fingerprints, receive = await _take_fingerprints(scope, receive, principal)
            attempt = new_attempt(principal.workspace_id, key, fingerprints)
            answer = await self._answer(attempt, scope, receive)
        except PlatformError as error:
            await problem_response(error, scope["path"])(scope, receive, send)
            return
        except SQLAlchemyError:
            log.exception("request.database_failed", path=scope["path"])
            await problem_response(UnavailableError(), scope["path"])(scope, receive, send)
            return
        await _respond(answer)(scope, receive, send)

    async def _answer(self, attempt: Attempt, scope: Scope, receive: Receive) -> Answer:
        units_of_work = scope["app"].state.deps.units_of_work
        async with units_of_work(attempt.workspace_id) as work:
            known = await attempt.start(work.session, work.tables.answers)
        settings = scope["app"].state.deps.settings
        vault = Vault(settings.master_key, settings.previous_master_keys)
        place = ("idempotent-answer", attempt.workspace_id.hex, attempt.key)
        if known is not None:
            body = vault.open(known.body, *place)
            return Answer(known.status, [*known.headers, (REPLAYED_HEADER, "true")], body)
        answer: Answer | None = None
        try:
            answer = await self._work(attempt, scope, receive)
        finally:
            async with units_of_work(attempt.workspace_id) as work:
                answers = work.tables.answers
                if answer is not None and answer.status < _SERVER_ERROR:
                    kept = replace(_without_frame(answer), body=vault.seal(answer.body, *place))
                    refused = answer.status >= _CLIENT_ERROR
                    await attempt.keep(work.session, answers, kept, only_worked=refused)
                await attempt.give_up(work.session, answers)
        return answer

    async def _work(self, attempt: Attempt, scope: Scope, receive: Receive) -> Answer:
        """Let the service do the work; collect what it answers."""
        start: Message = {}
        chunks: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                chunks.append(message.get("body", b""))

        token = current_attempt.set(attempt)
        try:
            await self._app(scope, receive, collect)
        finally:
            current_attempt.reset(token)
        headers = MutableHeaders(raw=list(start["headers"])).items()
        return Answer(start["status"], list(headers), b"".join(chunks))


def _may_carry_key(scope: Scope) -> bool:
    return scope["type"] == "http" and bool(scope["method"] == "POST")


def _read_principal(scope: Scope) -> Principal | None:
    header = Headers(scope=scope).get(IDENTITY_HEADER)
    if header is None:
        return None
    try:
        principal: Principal = scope["app"].state.deps.identities.verify(header)
    except NotAuthenticatedError:
        return None  # the service itself says so
    return principal


def _check_key(key: str) -> None:
    if not 1 <= len(key) <= _LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise InvalidInputError.at(
            f"/header/{KEY_HEADER}", "key-malformed", "a key has 1 to 255 printable characters"
        )


async def _take_fingerprints(
    scope: Scope, receive: Receive, principal: Principal
) -> tuple[list[bytes], Receive]:
    """Return the request's fingerprints, and a ``receive`` that still yields its body.

    Keyed, because bodies hold passwords, which could be guessed from a plain hash; under every
    master key, because the request may have been sent first before the key was changed. Whose
    request it is counts too: another member, or an API key, might not be allowed what the answer
    shows.
    """
    settings = scope["app"].state.deps.settings
    master_keys = (settings.master_key, *settings.previous_master_keys)
    headers = Headers(scope=scope)
    kind = headers.get("content-type", "")
    caller = f"{principal.kind} {principal.user_id}".encode()
    parts: list[Any] = [caller, scope["path"].encode(), scope["query_string"], kind.encode()]
    if not kind.startswith(_JSON):
        parts.append(headers.get("content-length", "").encode())
    told = [len(part).to_bytes(4, "big") + part for part in parts]
    if not kind.startswith(_JSON):
        return _fingerprints(master_keys, told), receive
    messages = [await receive()]
    while messages[-1].get("more_body", False):
        messages.append(await receive())
    told += [message.get("body", b"") for message in messages]
    waiting = iter(messages)

    async def receive_again() -> Message:
        return next(waiting, None) or await receive()

    return _fingerprints(master_keys, told), receive_again


def _fingerprints(master_keys: Sequence[SecretStr], told: Sequence[bytes]) -> list[bytes]:
    keys = (derive_key(key, "idempotency-fingerprint") for key in master_keys)
    return [hmac.digest(key, b"".join(told), "sha256") for key in keys]


def _without_frame(answer: Answer) -> Answer:
    """Return the answer without header fields that belong to the one request only."""
    kept = [(name, value) for name, value in answer.headers if name in _KEPT_HEADERS]
    return Answer(answer.status, kept, answer.body)


def _respond(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    own = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers]
    length = (b"content-length", str(len(answer.body)).encode())
    response.raw_headers = [pair for pair in own if pair[0] != b"content-length"] + [length]
    return response
