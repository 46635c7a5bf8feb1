"""Which web pages may call the API from a browser (the Fetch standard's CORS protocol)."""

from collections.abc import Iterable, Mapping

_EXPOSED = (
    b"ETag, Idempotency-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
)
_ALLOWED_HEADERS = (
    b"Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-API-Key, "
    b"X-Request-Id"
)
_PREFLIGHT_AGE_S = b"600"


class CorsPolicy:
    """An allow-list of origins. Credentials travel in headers, so cookies are never allowed."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(origin.rstrip("/").encode() for origin in origins)

    def headers(self, origin: bytes | None) -> list[tuple[bytes, bytes]]:
        """Return what every answer to this origin carries."""
        if not self._origins:
            return []
        vary = (b"vary", b"Origin")
        if origin not in self._origins or origin is None:
            return [vary]
        return [
            vary,
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _EXPOSED),
        ]

    def preflight_headers(
        self, request: Mapping[bytes, bytes], methods: Iterable[str]
    ) -> list[tuple[bytes, bytes]]:
        """Return what the answer to OPTIONS carries besides."""
        allowed = ", ".join(sorted(methods)).encode()
        headers = [(b"allow", allowed)]
        is_preflight = b"access-control-request-method" in request
        if is_preflight and request.get(b"origin") in self._origins:
            headers += [
                (b"access-control-allow-methods", allowed),
                (b"access-control-allow-headers", _ALLOWED_HEADERS),
                (b"access-control-max-age", _PREFLIGHT_AGE_S),
            ]
        return headers
