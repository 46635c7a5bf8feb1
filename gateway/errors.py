"""Failures that only the edge knows."""

from shared.errors import PlatformError


class RequestTimeoutError(PlatformError):
    status, code, title = 408, "request-timeout", "The request did not arrive in time"


class OverloadedError(PlatformError):
    status, code, title = 503, "overloaded", "Too much is going on at the moment"


class UriTooLongError(PlatformError):
    status, code, title = 414, "uri-too-long", "The address is too long"
