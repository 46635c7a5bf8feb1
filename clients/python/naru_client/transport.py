"""Carries calls out, in this thread or in an event loop."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2

from naru_client.credentials import Credentials, Tokens
from naru_client.decoding import decode
from naru_client.errors import ApiError, SignInRequiredError
from naru_client.exchange import (
    OMIT,
    PREFIX,
    Answer,
    Call,
    Failure,
    Renew,
    Send,
    Wait,
    encode_json,
    exchange,
)
from naru_client.model import Model
from naru_client.retries import RetryPolicy

Value = TypeVar("Value")
_UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
# What cannot be a refresh token at all is malformed input.
_SESSION_OVER = {httpx2.codes.UNAUTHORIZED, httpx2.codes.UNPROCESSABLE_CONTENT}
_DAMAGED = "the session that was kept is damaged: sign in again"
_REFRESH_REPEATED_WITHIN_S = 2.0  # the platform answers a repeated refresh alike for 10 s


class _Pair(Model):
    access_token: str
    refresh_token: str
    expires_in: float


def _refresh_call(tokens: Tokens) -> Call:
    body = {"refresh_token": tokens.refresh_token}
    return Call("POST", "/auth/refresh", body=body, signed=False, repeatable=True, timeout_s=2.5)


def _read_tokens(answer: Answer) -> Tokens:
    pair = decode(_Pair, answer)
    return Tokens.lasting(pair.access_token, pair.refresh_token, pair.expires_in)


class _Wire:
    """What both transports know."""

    def __init__(
        self, url: str, credentials: Credentials, policy: RetryPolicy, timeout_s: float
    ) -> None:
        self.url = url.rstrip("/")
        self.credentials = credentials
        self._policy = policy
        self._hasty = replace(policy, attempts=3, longest_wait_s=_REFRESH_REPEATED_WITHIN_S)
        self._timeout_s = timeout_s

    def _options(self, step: Send, content: Any) -> dict[str, Any]:
        call = step.call
        query = {name: _query_text(value) for name, value in call.query.items()}
        return {
            "method": call.method,
            "url": f"{self.url}{PREFIX}{call.path}",
            "params": {name: value for name, value in query.items() if value is not None},
            "headers": dict(step.headers),
            "content": content,
            "timeout": call.timeout_s or self._timeout_s,
        }

    def _deadline_s(self, call: Call) -> float | None:
        """Return how long one attempt may take; an upload as long as it moves."""
        return None if call.upload is not None else call.timeout_s or self._timeout_s

    def _stale_tokens(self, step: Renew) -> Tokens | None:
        """Return what to renew; None when somebody has done so while we waited."""
        self.credentials.adopt()
        if self.credentials.tokens is None:
            raise SignInRequiredError("the session has ended: sign in again")
        return self.credentials.tokens if self.credentials.secret == step.stale else None


def _query_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else value


def _body(call: Call) -> bytes | None:
    return None if call.body is OMIT else encode_json(call.body)


def _answer(response: httpx2.Response, content: bytes) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, content)


def _failure(error: Exception) -> Failure:
    return Failure(error, sent=not isinstance(error, _UNSENT))


class Transport(_Wire):
    """Carries calls out in the caller's thread. Safe for threads."""

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        policy: RetryPolicy,
        timeout_s: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(url, credentials, policy, timeout_s)
        self._http = httpx2.Client()
        self._renewal = threading.Lock()
        self.sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, call: Call, policy: RetryPolicy | None = None) -> Answer:
        """Return the answer. Raises ApiError, ConnectionFailedError."""
        steps = exchange(call, self.credentials, policy or self._policy)
        outcome: Any = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as end:
                answer: Answer = end.value
                return answer
            outcome = self._take(step)

    def _take(self, step: Send | Wait | Renew) -> Answer | Failure | None:
        if isinstance(step, Send):
            return self._send(step)
        if isinstance(step, Renew):
            self.renew(step)
        else:
            self.sleep(step.seconds)
        return None

    def renew(self, step: Renew) -> None:
        """Get new tokens once, however many threads find the old ones ended."""
        with self._renewal:
            tokens = self._stale_tokens(step)
            if tokens is None:
                return
            try:
                answer = self.ask(_refresh_call(tokens), self._hasty)
            except ApiError as error:
                if error.http_status in _SESSION_OVER:
                    self.credentials.replace(None)
                if error.http_status == httpx2.codes.UNPROCESSABLE_CONTENT:
                    raise SignInRequiredError(_DAMAGED) from error
                raise
            self.credentials.replace(_read_tokens(answer))

    def _send(self, step: Send) -> Answer | Failure:
        upload = step.call.upload
        content = upload.pieces() if upload is not None else _body(step.call)
        deadline_s = self._deadline_s(step.call)
        ends_at = None if deadline_s is None else time.monotonic() + deadline_s
        try:
            with self._http.stream(**self._options(step, content)) as response:
                pieces = []
                for piece in response.iter_bytes():
                    pieces.append(piece)
                    if ends_at is not None and time.monotonic() > ends_at:
                        raise httpx2.ReadTimeout("the answer takes too long")
                return _answer(response, b"".join(pieces))
        except httpx2.TransportError as error:
            return _failure(error)


class AsyncTransport(_Wire):
    """Carries calls out in an event loop."""

    def __init__(
        self, url: str, credentials: Credentials, policy: RetryPolicy, timeout_s: float
    ) -> None:
        super().__init__(url, credentials, policy, timeout_s)
        self._http = httpx2.AsyncClient()
        self._renewal = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def ask(self, call: Call, policy: RetryPolicy | None = None) -> Answer:
        """Return the answer. Raises ApiError, ConnectionFailedError."""
        steps = exchange(call, self.credentials, policy or self._policy)
        outcome: Any = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as end:
                answer: Answer = end.value
                return answer
            outcome = await self._take(step)

    async def _take(self, step: Send | Wait | Renew) -> Answer | Failure | None:
        if isinstance(step, Send):
            return await self._send(step)
        if isinstance(step, Renew):
            await self.renew(step)
        else:
            await asyncio.sleep(step.seconds)
        return None

    async def renew(self, step: Renew) -> None:
        """Get new tokens once, however many tasks find the old ones ended."""
        async with self._renewal:
            tokens = self._stale_tokens(step)
            if tokens is None:
                return
            try:
                answer = await self.ask(_refresh_call(tokens), self._hasty)
            except ApiError as error:
                if error.http_status in _SESSION_OVER:
                    self.credentials.replace(None)
                if error.http_status == httpx2.codes.UNPROCESSABLE_CONTENT:
                    raise SignInRequiredError(_DAMAGED) from error
                raise
            self.credentials.replace(_read_tokens(answer))

    async def _send(self, step: Send) -> Answer | Failure:
        upload = step.call.upload
        content = upload.pieces_async() if upload is not None else _body(step.call)
        try:
            async with asyncio.timeout(self._deadline_s(step.call)):
                async with self._http.stream(**self._options(step, content)) as response:
                    return _answer(response, await response.aread())
        except TimeoutError:
            return Failure(httpx2.ReadTimeout("the answer takes too long"), sent=True)
        except httpx2.TransportError as error:
            return _failure(error)
