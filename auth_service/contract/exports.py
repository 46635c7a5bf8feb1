"""Handing a workspace's things over: one archive, made of what every service has of it."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from auth_service.contract.deletions import ErasingService
from shared.ids import ExportId, WorkspaceId
from shared.object_store.tenants import tenant_key

EXPORTS = "exports"
ExportStatus = Literal["collecting", "ready", "failed", "expired"]


class Export(BaseModel):
    """An archive of a workspace, in the making or ready to be fetched.

    files        per service, how many files it has put in
    size_bytes   of the archive; null until it is ready
    expires_at   when the archive is deleted; null until it is ready
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "exp_0192f3c28f0e7cc398c4dc0c0c07398f",
                    "workspace_id": "ws_0192f3c28f0e7cc398c4dc0c0c07398f",
                    "status": "ready",
                    "files": {"auth": 5, "data": 2, "logic": 4, "trading": 12, "notification": 2},
                    "size_bytes": 48_213,
                    "requested_at": "2026-11-21T09:00:00Z",
                    "ready_at": "2026-11-21T09:00:04Z",
                    "expires_at": "2026-11-28T09:00:04Z",
                }
            ]
        }
    )

    id: ExportId
    workspace_id: WorkspaceId
    status: ExportStatus
    files: dict[str, int]
    size_bytes: int | None
    requested_at: AwareDatetime
    ready_at: AwareDatetime | None
    expires_at: AwareDatetime | None


class ExportPart(BaseModel):
    """What one service has put into the object store for an export."""

    model_config = ConfigDict(extra="forbid")

    service: ErasingService
    file_count: Annotated[int, Field(ge=0)]


def part_key(workspace_id: UUID, export_id: UUID, part: str) -> str:
    """Return the object store key of a service's part, or of the ``archive`` itself."""
    return tenant_key(EXPORTS, workspace_id, f"{export_id.hex}-{part}")


def part_place(workspace_id: UUID, export_id: UUID, part: str) -> tuple[str, str, str, str]:
    """Return what a part is sealed for; see ``shared.vault``."""
    return "export", workspace_id.hex, export_id.hex, part
