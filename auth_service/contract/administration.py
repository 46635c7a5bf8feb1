"""What administrators of an installation see and do."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel

from auth_service.contract import examples
from auth_service.contract.accounts import WorkspaceMembership
from shared.ids import UserId


class AdminUser(BaseModel):
    """An account as an administrator sees it; reading one is on record in its own log."""

    model_config = examples.answer(examples.ADMIN_USER)

    id: UserId
    email: str
    email_verified: bool
    name: str | None
    role: Literal["user", "admin"]
    suspended_at: AwareDatetime | None
    created_at: AwareDatetime


class AdminUserDetail(AdminUser):
    """One account with its workspaces."""

    model_config = examples.answer(examples.ADMIN_USER_DETAIL)

    workspaces: list[WorkspaceMembership]
    session_count: int
    second_factor: bool
