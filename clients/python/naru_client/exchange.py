"""One call, from the first attempt to its answer; without input or output of its own.

:func:`exchange` says what is to be done next, the transports do it: so both clients behave alike.
"""

import json
import uuid
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from naru_client.credentials import Credentials
from naru_client.errors import ApiError, ConnectionFailedError, NaruError, read_retry_after
from naru_client.retries import RetryPolicy
from naru_client.uploads import Upload

PREFIX = "/api/v1"
_SAFE_TO_REPEAT = {"GET", "HEAD", "PUT", "DELETE"}
_PASSING = {502, 503, 504}
_TOKEN_REFUSED = {"token-invalid", "api-key-invalid", "not-authenticated"}
_AT_WORK = "idempotency-still-running"
_AT_WORK_WAIT_S = 1.0


class Omit:
    """The type of :data:`OMIT`."""

    def __repr__(self) -> str:
        """Return the constant's name."""
        return "OMIT"


OMIT = Omit()
"""Stands for an argument that is not sent at all; None is sent as null."""


@dataclass(frozen=True, slots=True)
class Call:
    """What to ask.

    path         below /api/v1
    body         what JSON can hold; OMIT for none
    signed       whether the credential goes with it
    repeatable   whether sending it twice counts once
    timeout_s    for one attempt; None for the client's own
    """

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = field(default=OMIT, repr=False)
    upload: Upload | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    signed: bool = True
    repeatable: bool = False
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``headers`` have lower-case names."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """No whole answer came.

    sent   whether the platform may have got the request
    """

    error: Exception
    sent: bool


@dataclass(frozen=True, slots=True)
class Send:
    """Make an attempt; its outcome is an Answer or a Failure."""

    call: Call
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Renew:
    """Get new tokens, unless somebody else has replaced this one meanwhile."""

    stale: str | None = field(repr=False)


Step = Send | Wait | Renew


def with_idempotency(call: Call, key: str | None) -> Call:
    """Return the call as one that counts once: by its method, or by a key that it carries."""
    if call.method in _SAFE_TO_REPEAT:
        return replace(call, repeatable=True)
    if call.method != "POST" or not call.signed:
        return call
    headers = {**call.headers, "Idempotency-Key": key or str(uuid.uuid4())}
    return replace(call, headers=headers, repeatable=True)


def exchange(
    call: Call, credentials: Credentials, policy: RetryPolicy
) -> Generator[Step, Any, Answer]:
    """Say what to do until there is an answer. Raises ApiError, ConnectionFailedError."""
    may_renew = call.signed and credentials.can_renew
    if may_renew and credentials.is_stale():
        yield Renew(credentials.secret)
    attempt = 1
    while True:
        secret = credentials.secret if call.signed else None
        outcome = yield Send(call, _headers(call, secret))
        if isinstance(outcome, Answer) and outcome.status < 400:
            return outcome
        error = _as_error(call, outcome)
        if may_renew and isinstance(error, ApiError) and error.code in _TOKEN_REFUSED:
            may_renew = False  # once is enough: a new token that is refused stays refused
            yield Renew(secret)
            continue
        attempt += 1
        wait_s = _wait(call, outcome, error, policy, attempt)
        if wait_s is None:
            raise error
        yield Wait(wait_s)


def _headers(call: Call, secret: str | None) -> dict[str, str]:
    headers = {"Accept": "application/json, */*;q=0.5", **call.headers}
    if secret is not None:
        headers["Authorization"] = f"Bearer {secret}"
    if call.upload is not None:
        headers["Content-Type"] = call.upload.content_type
        headers["Content-Length"] = str(call.upload.size)
        if call.upload.name:
            name = quote(call.upload.name)
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    elif call.body is not OMIT:
        headers["Content-Type"] = "application/json"
    return headers


def _as_error(call: Call, outcome: Answer | Failure) -> NaruError:
    if isinstance(outcome, Answer):
        return ApiError.from_answer(outcome.status, outcome.headers, outcome.content)
    failed = ConnectionFailedError(f"{call.method} {call.path}: {outcome.error}")
    failed.__cause__ = outcome.error
    return failed


def _wait(
    call: Call, outcome: Answer | Failure, error: NaruError, policy: RetryPolicy, attempt: int
) -> float | None:
    """Return how long to wait before the given attempt; None when the outcome stands."""
    if isinstance(outcome, Failure):
        again = call.repeatable or not outcome.sent
        return policy.wait_before(attempt, None) if again else None
    retry_after_s = read_retry_after(outcome.headers)
    code = error.code if isinstance(error, ApiError) else None
    if code == "rate-limited":  # refused before anything was done: repeating harms nobody
        return policy.wait_before(attempt, retry_after_s)
    if code == _AT_WORK:
        return policy.wait_before(attempt, retry_after_s or _AT_WORK_WAIT_S)
    if outcome.status in _PASSING and call.repeatable:
        return policy.wait_before(attempt, retry_after_s)
    return None


def encode_json(body: Any) -> bytes:
    """Return a body as JSON; members that are OMIT are left out. Raises ValueError, TypeError."""
    return json.dumps(_without_omitted(body), default=_plain, allow_nan=False).encode()


def _without_omitted(body: Any) -> Any:
    if isinstance(body, Mapping):
        return {name: value for name, value in body.items() if value is not OMIT}
    return body


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} says no time zone: use an aware datetime, such as UTC")
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON")
