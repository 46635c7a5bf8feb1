"""The audit log as a workspace reads it, and as other services write to it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from auth_service.contract import examples
from shared.ids import WorkspaceId

ActorKind = Literal["session", "api_key", "service", "anonymous", "admin"]
FactValue = str | int | bool | None


class AuditEntry(BaseModel):
    """One thing that happened.

    number    1, 2, 3, ... in the workspace, without gaps
    actor     public id of the person; null for the platform itself
    subject   public id of what it happened to
    mac       seals this entry together with the mac of the one before
    """

    model_config = examples.answer(examples.AUDIT_ENTRY)

    number: int
    action: str = Field(examples=["api_key.created"])
    actor_kind: ActorKind
    actor: str | None
    subject: str | None
    address: str | None
    facts: dict[str, Any]
    occurred_at: AwareDatetime
    mac: str


class BrokenLink(BaseModel):
    """The first place at which the chain does not hold.

    reason   ``changed`` (an entry is not what was sealed), ``missing`` (a number is left out), or
             ``cut`` (entries are gone from the end)
    """

    number: int
    reason: Literal["changed", "missing", "cut"]


class AuditVerification(BaseModel):
    """Whether the log is what was written; ``broken`` names the first bad link."""

    model_config = examples.answer(examples.AUDIT_BROKEN)

    intact: bool
    entry_count: int
    broken: BrokenLink | None


class AuditRecord(BaseModel):
    """Something that another service wants on record; recording the same ``id`` twice is once."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    workspace_id: WorkspaceId
    action: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=64)]
    actor_kind: ActorKind
    actor_id: UUID | None
    subject: Annotated[str | None, Field(max_length=64)]
    address: Annotated[str | None, Field(max_length=64)]
    facts: Annotated[dict[str, FactValue], Field(max_length=20)]
    occurred_at: AwareDatetime
