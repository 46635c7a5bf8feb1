"""Who is next: CPU shared fairly between tenants, however many strategies each of them runs.

Start-time fair queuing: every tenant has a virtual time that grows by the CPU seconds used for
it; the waiting tenant whose time is lowest goes first. A tenant that was away starts at the
others' time, so that nobody saves up. Workers may be left to the rest, whoever asks for more.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """Hands out work to a fixed number of workers. Thread-safe."""

    def __init__(self, worker_count: int, *, kept_free: int = 1) -> None:
        """Make an empty queue; no tenant gets the last ``kept_free`` of several workers."""
        self._tenant_limit = max(1, worker_count - kept_free)
        self._changed = threading.Condition()
        self._waiting: dict[str, deque[Item]] = {}
        self._running: dict[str, int] = {}
        self._times: dict[str, float] = {}
        self._now = 0.0
        self._is_closed = False

    def put(self, tenant: str, item: Item) -> None:
        """Add work of a tenant; its own items keep their order."""
        with self._changed:
            if tenant not in self._waiting and not self._running.get(tenant):
                self._times[tenant] = max(self._times.get(tenant, 0.0), self._now)
            self._waiting.setdefault(tenant, deque()).append(item)
            self._changed.notify()

    def get(self) -> tuple[str, Item] | None:
        """Wait for the next item; None when the queue was closed."""
        with self._changed:
            while True:
                if self._is_closed:
                    return None
                tenant = self._next_tenant()
                if tenant is not None:
                    return tenant, self._take(tenant)
                self._changed.wait()

    def done(self, tenant: str, cpu_s: float) -> None:
        """Account for an item that ``get`` gave out."""
        with self._changed:
            self._running[tenant] -= 1
            self._times[tenant] += cpu_s
            if not self._running[tenant]:
                del self._running[tenant]
                self._forget(tenant)
            self._changed.notify_all()

    def close(self) -> list[Item]:
        """Let all workers go; return what still waits and will never be handed out."""
        with self._changed:
            self._is_closed = True
            dropped = [item for items in self._waiting.values() for item in items]
            self._waiting.clear()
            self._changed.notify_all()
            return dropped

    def _next_tenant(self) -> str | None:
        ready = [
            tenant for tenant in self._waiting if self._running.get(tenant, 0) < self._tenant_limit
        ]
        return min(ready, key=lambda tenant: (self._times[tenant], tenant), default=None)

    def _take(self, tenant: str) -> Item:
        self._now = max(self._now, self._times[tenant])
        self._running[tenant] = self._running.get(tenant, 0) + 1
        items = self._waiting[tenant]
        item = items.popleft()
        if not items:
            del self._waiting[tenant]
        return item

    def _forget(self, tenant: str) -> None:
        """Drop the time of a tenant that is not ahead of anybody."""
        if tenant not in self._waiting and self._times[tenant] <= self._now:
            del self._times[tenant]
