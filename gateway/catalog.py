"""What the platform offers: the services' OpenAPI documents, as soon as they can be had."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway.aliases import ALIASES
from gateway.edge.routes import Operation, RouteTable, with_head
from shared.errors import MethodNotAllowedError, NotFoundError, PlatformError, UnavailableError
from shared.http.app import PUBLIC_PREFIX
from shared.logging import get_logger

log = get_logger(__name__)

LoadDocument = Callable[[], Awaitable[dict[str, Any]]]
_RETRY_S = 0.5
_PROBED_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Catalog:
    """Routes of all services, and of the gateway's own operations.

    own   the gateway's operations by whole path, such as ``/graphql``
    """

    def __init__(
        self, services: Mapping[str, LoadDocument], own: Mapping[str, Operation] | None = None
    ) -> None:
        self._missing = dict(services)
        self._own = own or {}
        self._table = RouteTable()
        self.documents: dict[str, dict[str, Any]] = {}

    @property
    def missing(self) -> list[str]:
        """Name the services whose documents have not been read yet."""
        return sorted(self._missing)

    async def load(self) -> None:
        """Read the documents that can be had now."""
        await asyncio.gather(*(self._load(name) for name in list(self._missing)))

    async def keep_loading(self) -> None:
        """Try again until every document has been read."""
        while self._missing:
            await asyncio.sleep(_RETRY_S)
            await self.load()

    async def _load(self, service: str) -> None:
        try:
            document = await self._missing[service]()
        except PlatformError as error:
            log.warning("catalog.service_away", service=service, reason=str(error))
            return
        self._table.add_document(service, document)
        for alias in ALIASES:
            self._table.add_alias(alias)
        self.documents[service] = document
        del self._missing[service]

    def find(self, method: str, path: str) -> Operation:
        """Return the operation behind a whole path.

        Raises NotFoundError, MethodNotAllowedError, or UnavailableError while a service is missing
        that might know the path.
        """
        own = self._own.get(path)
        if own is not None:
            if own.method == ("GET" if method == "HEAD" else method):
                return own
            allowed = ", ".join(sorted(with_head({own.method})))
            raise MethodNotAllowedError(headers={"Allow": allowed})
        if not path.startswith(f"{PUBLIC_PREFIX}/"):
            raise NotFoundError("there is no such resource")
        try:
            return self._table.find(method, path.removeprefix(PUBLIC_PREFIX))
        except NotFoundError as error:
            if self._missing:
                raise UnavailableError(
                    "the platform is starting", headers={"Retry-After": "1"}
                ) from error
            raise

    def methods(self, path: str) -> set[str]:
        """Return the methods of a path; empty when there is no such path."""
        methods = {method for method in _PROBED_METHODS if self._has(method, path)}
        return with_head(methods) if methods else set()

    def _has(self, method: str, path: str) -> bool:
        try:
            self.find(method, path)
        except (NotFoundError, MethodNotAllowedError):
            return False
        return True
