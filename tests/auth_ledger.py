"""A stand-in for the auth service over its own protocol: it writes down what others report."""

import io
import zipfile
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2
from fastapi import FastAPI, Response
from pydantic import SecretStr

from auth_service.client import AuthClient
from auth_service.contract.deletions import ErasureReport
from auth_service.contract.exports import ExportPart, part_key, part_place
from shared.http.transports import connect
from shared.identity import IdentitySigner


@dataclass
class AuthLedger:
    """What the service under test has told the auth service."""

    erasures: list[tuple[str, ErasureReport]] = field(default_factory=list)
    parts: list[tuple[UUID, ExportPart]] = field(default_factory=list)
    audit: list[dict[str, Any]] = field(default_factory=list)

    def connect(self) -> httpx2.AsyncClient:
        """Return a client of the stand-in."""
        app = FastAPI()

        @app.post("/internal/deletions/{workspace_id}")
        async def note_erasure(workspace_id: str, body: ErasureReport) -> Response:
            self.erasures.append((workspace_id, body))
            return Response(status_code=204)

        @app.post("/internal/exports/{export_id}")
        async def note_part(export_id: UUID, body: ExportPart) -> Response:
            self.parts.append((export_id, body))
            return Response(status_code=204)

        @app.post("/internal/audit-log")
        async def note_audit(body: dict[str, Any]) -> Response:
            self.audit.append(body)
            return Response(status_code=204)

        return connect(None, app)

    def client(self, master_key: SecretStr) -> AuthClient:
        """Return the typed client that the service's tasks use."""
        return AuthClient(self.connect(), IdentitySigner(master_key))


async def read_export(
    deps: Any, workspace_id: UUID, export_id: UUID, part: str
) -> dict[str, bytes]:
    """Return the files of a part as the auth service opens them."""
    sealed = await deps.objects.get(part_key(workspace_id, export_id, part))
    opened = deps.vault.open(sealed, *part_place(workspace_id, export_id, part))
    with zipfile.ZipFile(io.BytesIO(opened)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
