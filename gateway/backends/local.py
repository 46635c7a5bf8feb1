"""A service in this process."""

from typing import Any

from fastapi import FastAPI

from gateway.backends.port import Backend


def local_backend(name: str, app: FastAPI) -> Backend:
    """Return the backend of a service whose app runs here; its lifespan is the caller's."""

    async def document() -> dict[str, Any]:
        return app.openapi()

    return Backend(name, app, document)
