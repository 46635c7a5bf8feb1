"""Deleting an account: what is erased, by whom."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.ids import DeletionId

ErasingService = Literal["auth", "data", "logic", "trading", "notification"]
ERASING_SERVICES: tuple[ErasingService, ...] = ("auth", "data", "logic", "trading", "notification")


class Deletion(BaseModel):
    """How far the erasure is; keep ``id``, it is the only way to read this again.

    erased         per service, how many of what; a service that is not there yet is still at it
    completed_at   null until every service has reported
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "del_7a2f9d2c52a54c609f0f2f6f3c5a9a10",
                    "requested_at": "2026-11-21T09:00:00Z",
                    "completed_at": "2026-11-21T09:00:02Z",
                    "erased": {
                        "auth": {"sessions": 2, "api_keys": 1, "workspaces": 1},
                        "data": {"datasets": 3, "bars": 9810, "objects": 4},
                        "logic": {"strategies": 2, "versions": 7, "objects": 11},
                        "trading": {"backtests": 12, "objects": 48},
                        "notification": {"channels": 1, "deliveries": 12},
                    },
                }
            ]
        }
    )

    id: DeletionId
    requested_at: AwareDatetime
    completed_at: AwareDatetime | None
    erased: dict[str, dict[str, int]]


class ErasureReport(BaseModel):
    """What one service has erased of a workspace."""

    model_config = ConfigDict(extra="forbid")

    service: ErasingService
    counts: Annotated[dict[str, Annotated[int, Field(ge=0)]], Field(max_length=50)]
