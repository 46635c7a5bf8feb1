"""Stop asking a service that does not answer: fail at once, and look again every so often."""

from time import monotonic

import httpx2

from shared.logging import get_logger

log = get_logger(__name__)

FAILURES = 5
PAUSE_S = 1.0


class CircuitOpenError(httpx2.ConnectError):
    """The service has not answered of late, and has not been asked this time."""


class CircuitBreaker(httpx2.AsyncBaseTransport):
    """Passes requests on until several in a row have not been answered.

    Then they fail at once, but for one every ``pause_s`` that finds out whether the service is
    back. Whatever comes back is an answer, a 500 too: the breaker is about services that are away
    or stuck, and whose callers would pile up waiting.
    """

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport,
        name: str,
        *,
        failures: int = FAILURES,
        pause_s: float = PAUSE_S,
    ) -> None:
        self._inner = inner
        self._name = name
        self._failures = failures
        self._pause_s = pause_s
        self._failed = 0
        self._silent_until = 0.0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request. Raises CircuitOpenError while the circuit is open."""
        if self._failed >= self._failures:
            now = monotonic()
            if now < self._silent_until:
                raise CircuitOpenError(f"{self._name} has not answered of late", request=request)
            self._silent_until = now + self._pause_s  # this one looks, others go on failing
        try:
            response = await self._inner.handle_async_request(request)
        except httpx2.TransportError as error:
            self._note_failure(error)
            raise
        if self._failed >= self._failures:
            log.info("circuit.closed", service=self._name)
        self._failed = 0
        return response

    def _note_failure(self, error: httpx2.TransportError) -> None:
        if isinstance(error, httpx2.PoolTimeout):  # we are busy, the service may be well
            return
        self._failed += 1
        self._silent_until = monotonic() + self._pause_s
        if self._failed == self._failures:
            log.warning("circuit.opened", service=self._name, reason=repr(error))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()
