"""Deleting an account: what is erased, by whom."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

ErasingService = Literal["auth", "data", "logic", "trading", "notification"]
ERASING_SERVICES: tuple[ErasingService, ...] = ("auth", "data", "logic", "trading", "notification")


class Deletion(BaseModel):
    """How far the erasure is; keep ``id``, it is the only way to read this again.

    erased         per service, how many of what; a service that is not there yet is still at it
    completed_at   null until every service has reported
    """

    id: UUID
    requested_at: AwareDatetime
    completed_at: AwareDatetime | None
    erased: dict[str, dict[str, int]]


class ErasureReport(BaseModel):
    """What one service has erased of a workspace."""

    model_config = ConfigDict(extra="forbid")

    service: ErasingService
    counts: Annotated[dict[str, Annotated[int, Field(ge=0)]], Field(max_length=50)]
