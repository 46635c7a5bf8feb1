"""Register, and see oneself; for other services: who is behind an id."""

from fastapi import APIRouter, Depends, Response, status
from pydantic import BaseModel, ConfigDict

from auth_service.accounts.registration import ensure_first_user, register
from auth_service.accounts.service import AccountService
from auth_service.contract.accounts import (
    EmailAddress,
    Me,
    ProfileUpdate,
    Registration,
    RegistrationAnswer,
    UserContact,
)
from auth_service.deps import Deps, PersonalWork
from shared.http.access import public
from shared.http.dependencies import CurrentPrincipal, Work, require_service
from shared.http.preconditions import IfMatch, entity_tag
from shared.ids import UserId

router = APIRouter(tags=["auth"])
internal = APIRouter(prefix="/internal", dependencies=[Depends(require_service)])


@router.post(
    "/auth/register", status_code=status.HTTP_202_ACCEPTED, openapi_extra=public(None, cost=5)
)
async def register_user(body: Registration, deps: Deps) -> RegistrationAnswer:
    """Ask for an account with a personal workspace on the free plan.

    The answer is the same whether or not the address has an account already; its owner is told by
    mail.
    """
    return await register(deps, body)


@router.get("/me", tags=["me"], openapi_extra=public("account:read"))
async def get_me(
    principal: CurrentPrincipal, work: PersonalWork, deps: Deps, response: Response
) -> Me:
    """Return the account, workspace and plan that the request acts for."""
    me, revision = await AccountService(work, deps.plans).me(principal)
    response.headers["ETag"] = entity_tag(revision)
    return me


@router.patch("/me", tags=["me"], openapi_extra=public("account:write"))
async def update_me(
    body: ProfileUpdate,
    principal: CurrentPrincipal,
    precondition: IfMatch,
    work: PersonalWork,
    deps: Deps,
    response: Response,
) -> Me:
    """Change your name, or the language of your mails."""
    accounts = AccountService(work, deps.plans)
    await accounts.update(principal, body, precondition)
    me, revision = await accounts.me(principal)
    response.headers["ETag"] = entity_tag(revision)
    return me


class FirstUser(BaseModel):
    """Whom to make the administrator of a new installation."""

    model_config = ConfigDict(extra="forbid")

    email: EmailAddress


class FirstUserAnswer(BaseModel):
    """The new password; null when the installation has users already."""

    password: str | None


@internal.post("/first-user")
async def create_first_user(body: FirstUser, deps: Deps) -> FirstUserAnswer:
    """Make the administrator of an installation that has no user yet."""
    return FirstUserAnswer(password=await ensure_first_user(deps, body.email))


@internal.get("/users/{user_id}")
async def get_user_contact(user_id: UserId, work: Work, deps: Deps) -> UserContact:
    """Return how to reach a user."""
    return await AccountService(work, deps.plans).contact(user_id)
