"""``/health/live`` and ``/health/ready``."""

import asyncio
from collections.abc import Mapping
from typing import Any

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from gateway.catalog import Catalog
from shared.errors import PlatformError
from shared.http.client import ServiceClient
from shared.http.health import Health
from shared.identity import Principal

_DEADLINE_S = 2.0


class Readiness:
    """Asks every service, and what the gateway needs itself, whether they work."""

    def __init__(
        self, clients: Mapping[str, ServiceClient], redis: ArqRedis, catalog: Catalog
    ) -> None:
        self._clients = clients
        self._redis = redis
        self._catalog = catalog

    async def check(self) -> tuple[bool, dict[str, Any]]:
        """Return whether the platform is ready, and the state of each part."""
        services = await asyncio.gather(*(self._ask(name) for name in self._clients))
        checks: dict[str, Any] = {name: {"status": "starting"} for name in self._catalog.missing}
        checks |= zip(self._clients, services, strict=True)
        checks["redis"] = await self._ping()
        ready = all(_works(check) for check in checks.values())
        return ready, {"status": "ready" if ready else "not-ready", "checks": checks}

    async def _ask(self, name: str) -> dict[str, Any]:
        if name in self._catalog.missing:
            return {"status": "starting"}
        try:
            answer = await self._clients[name].call(
                "GET",
                "/internal/health",
                Principal.service("gateway"),
                deadline_s=_DEADLINE_S,
                idempotent=False,
            )
        except PlatformError as error:
            return {"status": "failing", "reason": error.code}
        health = Health.model_validate(answer)
        works = all(state == "ok" for state in health.parts.values())
        return {"status": "ok" if works else "failing", **health.parts, **health.facts}

    async def _ping(self) -> dict[str, str]:
        try:
            async with asyncio.timeout(_DEADLINE_S):
                await self._redis.ping()
        except (RedisError, OSError, TimeoutError):
            return {"status": "failing"}
        return {"status": "ok"}


def _works(check: Mapping[str, Any]) -> bool:
    return bool(check["status"] == "ok")
