"""How much one process takes on at a time; beyond that it says so at once, while it still can."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.errors import OverloadedError

_RETRY_AFTER = {"Retry-After": "1"}


class Capacity:
    """Counts requests under way, and the bytes of their bodies that are held in memory."""

    def __init__(self, most_requests: int, most_body_bytes: int) -> None:
        self._most_requests = most_requests
        self._most_body_bytes = most_body_bytes
        self._requests = 0
        self._body_bytes = 0

    @contextmanager
    def enter(self) -> Iterator["Share"]:
        """Take a request on until the block ends. Raises OverloadedError."""
        if self._requests >= self._most_requests:
            raise OverloadedError(headers=_RETRY_AFTER)
        share = Share(self)
        self._requests += 1
        try:
            yield share
        finally:
            self._requests -= 1
            self._body_bytes -= share.held_bytes

    def hold(self, size: int) -> None:
        """Count bytes of a body. Raises OverloadedError when memory would grow too much."""
        if self._body_bytes + size > self._most_body_bytes:
            raise OverloadedError(headers=_RETRY_AFTER | {"Connection": "close"})
        self._body_bytes += size


class Share:
    """What one request holds."""

    __slots__ = ("_capacity", "held_bytes")

    def __init__(self, capacity: Capacity) -> None:
        self._capacity = capacity
        self.held_bytes = 0

    def hold(self, size: int) -> None:
        """Count bytes of the request's body until it ends. Raises OverloadedError."""
        self._capacity.hold(size)
        self.held_bytes += size
