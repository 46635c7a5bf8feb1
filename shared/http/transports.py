"""How a client reaches a service: over HTTP, or in this process by the same ASGI interface."""

import asyncio
from contextvars import Context
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2
from starlette.types import ASGIApp

from shared.http.breaker import CircuitBreaker

_DEFAULT_DEADLINE_S = 30.0


class InProcessTransport(httpx2.AsyncBaseTransport):
    """Calls an ASGI app directly, yet behaves as a network would.

    httpx2's own ASGI transport runs the app in the caller's task: the caller's context variables
    (its open transaction, its request id) leak in, timeouts are ignored and the app's exceptions
    escape. Here the app gets a task and an empty context of its own, and a deadline.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._inner = httpx2.ASGITransport(app=app, raise_app_exceptions=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Run one request; raises ReadTimeout when the app takes longer than the read timeout."""
        deadline = request.extensions.get("timeout", {}).get("read") or _DEFAULT_DEADLINE_S
        work = asyncio.create_task(self._inner.handle_async_request(request), context=Context())
        try:
            async with asyncio.timeout(deadline):
                # Not `await work`: a cancellation would go to the app, which may get over it.
                await asyncio.wait({work})
        except TimeoutError as error:
            raise httpx2.ReadTimeout("the service took too long", request=request) from error
        finally:
            work.cancel()
        return work.result()


def connect(base_url: str | None, app: ASGIApp | None = None) -> httpx2.AsyncClient:
    """Return an HTTP client of one service: the given app, or else whatever listens at the URL.

    Raises ValueError when neither is given.
    """
    if app is not None:
        return httpx2.AsyncClient(transport=InProcessTransport(app), base_url="http://in-process")
    if base_url is None:
        raise ValueError("a service is reached either in process or by a URL")
    inner = httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_connections=100))
    return httpx2.AsyncClient(
        transport=CircuitBreaker(inner, base_url), base_url=base_url, cookies=_no_cookies()
    )


def _no_cookies() -> CookieJar:
    """Return a jar that keeps nothing: one client speaks for many people."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))
