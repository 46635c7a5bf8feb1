"""What the edge wants of a service."""

from dataclasses import dataclass

from starlette.types import ASGIApp

from gateway.catalog import LoadDocument


@dataclass(frozen=True, slots=True)
class Backend:
    """One service as the edge sees it.

    app        takes a public request with the signed identity, and answers it
    document   reads the service's OpenAPI document; raises UnavailableError while it cannot
    """

    name: str
    app: ASGIApp
    document: LoadDocument
