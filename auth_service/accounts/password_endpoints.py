"""Passwords and addresses: change, forget, reset, confirm."""

from fastapi import APIRouter, status
from fastapi.responses import HTMLResponse

from auth_service.accounts.passwords import (
    change_email,
    change_password,
    forget_password,
    resend_verification,
    reset_password,
    verify_email,
)
from auth_service.contract.passwords import (
    Accepted,
    EmailChange,
    EmailVerification,
    PasswordChange,
    PasswordForgotten,
    PasswordReset,
)
from auth_service.deps import Deps
from auth_service.pages.rendering import page
from shared.http.access import public
from shared.http.dependencies import CurrentPrincipal, MaybePrincipal, RecentPrincipal

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post(
    "/password/change",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=public("account:write", cost=5),
)
async def change_own_password(
    body: PasswordChange, deps: Deps, principal: CurrentPrincipal
) -> None:
    """Set a new password; all other sessions end."""
    await change_password(deps, principal, body)


@router.post(
    "/password/forgot",
    status_code=status.HTTP_202_ACCEPTED,
    openapi_extra=public(None, cost=5),
)
async def forget_own_password(
    body: PasswordForgotten, deps: Deps, principal: MaybePrincipal
) -> Accepted:
    """Ask for a mail with a link to set a new password. The answer is the same for everybody."""
    await forget_password(deps, body, principal.address)
    return Accepted(status="accepted")


@router.get("/password/forgot", openapi_extra=public(None), response_class=HTMLResponse)
async def show_forgotten_password() -> HTMLResponse:
    """Show the page where people ask for a link, for those whom a mail tells to."""
    return page("forgot_password")


@router.post(
    "/password/reset",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=public(None, cost=5),
)
async def reset_own_password(body: PasswordReset, deps: Deps, principal: MaybePrincipal) -> None:
    """Set a new password with the token of the mailed link; all sessions end."""
    await reset_password(deps, body, principal.address)


@router.get("/password/reset", openapi_extra=public(None), response_class=HTMLResponse)
async def show_password_reset() -> HTMLResponse:
    """Show the page that the mailed link leads to."""
    return page("reset_password")


@router.post(
    "/email/verify",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=public(None),
)
async def verify_own_email(body: EmailVerification, deps: Deps, principal: MaybePrincipal) -> None:
    """Confirm an address with the token of the mailed link."""
    await verify_email(deps, body, principal.address)


@router.get("/email/verify", openapi_extra=public(None), response_class=HTMLResponse)
async def show_email_verification() -> HTMLResponse:
    """Show the page that the mailed link leads to."""
    return page("verify_email")


@router.post(
    "/email/change",
    status_code=status.HTTP_202_ACCEPTED,
    openapi_extra=public("account:write", cost=5),
)
async def change_own_email(body: EmailChange, deps: Deps, principal: RecentPrincipal) -> Accepted:
    """Ask for a mail with a link to the new address, which counts once the link has been used."""
    await change_email(deps, principal, body)
    return Accepted(status="accepted")


@router.post(
    "/email/resend",
    status_code=status.HTTP_202_ACCEPTED,
    openapi_extra=public("account:write", cost=5),
)
async def resend_email_verification(deps: Deps, principal: CurrentPrincipal) -> Accepted:
    """Ask for the confirmation mail once more."""
    await resend_verification(deps, principal)
    return Accepted(status="accepted")
