"""Workspaces: one's own, and those of teams."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from auth_service.contract import examples
from auth_service.contract.accounts import EmailAddress
from auth_service.contract.passwords import OneTimeToken
from auth_service.contract.roles import WorkspaceRole
from shared.ids import UserId

WorkspaceName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    Field(examples=["Momentum desk"]),
]


class WorkspaceCreate(BaseModel):
    """A workspace for a team; whoever makes it is its first owner."""

    model_config = examples.request(examples.WORKSPACE_CREATE)

    name: WorkspaceName


class Member(BaseModel):
    """Somebody who may act in a workspace."""

    model_config = examples.answer(examples.MEMBER)

    id: UserId
    email: str
    name: str | None
    role: WorkspaceRole
    since: AwareDatetime


class Invitation(BaseModel):
    """Ask somebody to join by mail; they need an account with that address."""

    model_config = examples.request(examples.INVITATION)

    email: EmailAddress
    role: WorkspaceRole = Field(examples=["editor"])


class InvitationAcceptance(BaseModel):
    """Join with the token of the mailed link."""

    model_config = examples.request(examples.MAILED_TOKEN)

    token: OneTimeToken


class RoleChange(BaseModel):
    """Give a member another role."""

    model_config = examples.request(examples.ROLE_CHANGE)

    role: WorkspaceRole
