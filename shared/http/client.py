"""The base of every service's typed client."""

from typing import Any

import httpx2
import orjson
import stamina
from structlog.contextvars import get_contextvars

from shared.errors import DeadlineExceededError, PlatformError, UnavailableError
from shared.events.types import EventBatch
from shared.http.app import REQUEST_ID_HEADER
from shared.http.breaker import CircuitOpenError
from shared.identity import IDENTITY_HEADER, IdentitySigner, Principal
from shared.tracing import TRACEPARENT, traceparent
from shared.unit_of_work import inside_unit_of_work

DEFAULT_DEADLINE_S = 10.0
_RETRIES = 3


class ServiceClient:
    """Calls one service and raises its problems again as the errors that they were."""

    def __init__(self, http: httpx2.AsyncClient, identities: IdentitySigner) -> None:
        self._http = http
        self._identities = identities

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def call(
        self,
        method: str,
        path: str,
        principal: Principal,
        *,
        body: Any = None,
        params: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        deadline_s: float = DEFAULT_DEADLINE_S,
        idempotent: bool | None = None,
    ) -> Any:
        """Send one request and return the decoded JSON answer (None when there is no content).

        Only idempotent calls (by default: GET) are tried again when the service cannot be reached.
        Raises the PlatformError the service answered with, UnavailableError, or
        DeadlineExceededError; RuntimeError when a transaction is open, because a call that waits
        for another service must not hold locks.
        """
        if inside_unit_of_work():
            raise RuntimeError("call other services outside of a transaction")
        repeatable = method == "GET" if idempotent is None else idempotent
        attempts = _RETRIES if repeatable else 1
        async for attempt in stamina.retry_context(
            on=_may_help, attempts=attempts, timeout=deadline_s, wait_initial=0.05
        ):
            with attempt:
                response = await self._send(
                    method, path, principal, body, params, headers or {}, deadline_s
                )
        return orjson.loads(response.content) if response.content else None

    async def read_events(self, after: int, limit: int) -> EventBatch:
        """Return the events of the service's outbox behind ``after``, oldest first."""
        answer = await self.call(
            "GET",
            "/internal/events",
            Principal.service("events"),
            params={"after": after, "limit": limit},
        )
        return EventBatch.model_validate(answer)

    async def _send(
        self,
        method: str,
        path: str,
        principal: Principal,
        body: Any,
        params: dict[str, Any] | None,
        headers: dict[str, str],
        deadline_s: float,
    ) -> httpx2.Response:
        headers = {**headers, IDENTITY_HEADER: self._identities.sign(principal)}
        request_id = get_contextvars().get("request_id")
        if request_id:
            headers[REQUEST_ID_HEADER] = request_id
        parent = traceparent()
        if parent:
            headers[TRACEPARENT] = parent
        if body is not None:
            headers["Content-Type"] = "application/json"
        given = {name: value for name, value in (params or {}).items() if value is not None}
        try:
            response = await self._http.request(
                method,
                path,
                content=None if body is None else orjson.dumps(body),
                params=given,
                headers=headers,
                timeout=deadline_s,
            )
        except httpx2.TimeoutException as error:
            raise DeadlineExceededError from error
        except CircuitOpenError as error:
            raise _NotAskedError from error
        except httpx2.TransportError as error:
            raise UnavailableError from error
        if response.is_error:
            raise _as_error(response)
        return response


class _NotAskedError(UnavailableError):
    """As good as away: asking again at once would not be sent either."""


def _may_help(error: Exception) -> bool:
    return isinstance(error, UnavailableError) and not isinstance(error, _NotAskedError)


def _as_error(response: httpx2.Response) -> PlatformError:
    try:
        problem = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    kept = {name: value for name, value in response.headers.items() if name == "retry-after"}
    return PlatformError.from_problem(problem, kept)
