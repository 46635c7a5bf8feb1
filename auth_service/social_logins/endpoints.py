"""Sign in at Google, GitHub and Facebook."""

from typing import Annotated

from fastapi import APIRouter, Cookie, Query, Response, status
from fastapi.responses import RedirectResponse

from auth_service.contract.accounts import TokenPair
from auth_service.contract.social_logins import (
    AuthorizationPage,
    LinkedAccount,
    ProviderName,
    Providers,
)
from auth_service.deps import AuthDeps, Deps, PersonalWork
from auth_service.sessions.devices import CurrentDevice, remember_device
from auth_service.social_logins.flow import STATE_LIFETIME, begin, finish
from auth_service.social_logins.linking import list_linked, unlink
from shared.http.access import public
from shared.http.dependencies import CurrentPrincipal, Cursors, RecentPrincipal
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, slice_page

router = APIRouter(prefix="/auth/oauth", tags=["auth"])

BROWSER_COOKIE = "naru_oauth"
State = Annotated[str, Query(max_length=200)]
Code = Annotated[str | None, Query(max_length=2048)]
Binding = Annotated[str | None, Cookie(alias=BROWSER_COOKIE)]


@router.get("", openapi_extra=public(None))
async def list_oauth_providers(deps: Deps) -> Providers:
    """List where one can sign in, besides with a password."""
    return Providers(providers=list(deps.providers))


@router.get("/linked", openapi_extra=public("account:read"))
async def list_linked_accounts(
    principal: CurrentPrincipal,
    work: PersonalWork,
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[LinkedAccount]:
    """List the accounts elsewhere that sign in to yours."""
    linked = await list_linked(work, principal)
    return slice_page(linked, lambda one: one.provider, "linked", cursors, cursor, limit)


@router.get(
    "/{provider}/authorize",
    status_code=status.HTTP_302_FOUND,
    response_class=RedirectResponse,
    openapi_extra=public(None, cost=5),
)
async def authorize_with_provider(provider: ProviderName, deps: Deps) -> RedirectResponse:
    """Send the browser to the provider's sign-in page."""
    url, binding = await begin(deps, provider, None)
    response = RedirectResponse(url, status.HTTP_302_FOUND, {"Cache-Control": "no-store"})
    _bind(deps, response, binding)
    return response


@router.get("/{provider}/callback", openapi_extra=public(None, cost=5))
async def return_from_provider(
    provider: ProviderName,
    deps: Deps,
    device: CurrentDevice,
    response: Response,
    state: State,
    code: Code = None,
    binding: Binding = None,
) -> TokenPair:
    """Take in the browser that comes back from the provider, and sign its person in."""
    signed_in = await finish(deps, provider, code, state, binding, device)
    response.headers["Cache-Control"] = "no-store"
    response.delete_cookie(BROWSER_COOKIE, path="/")
    remember_device(deps, response, device, signed_in.user_id)
    return signed_in.pair


@router.post("/{provider}/link", openapi_extra=public("account:write", cost=5))
async def link_provider(
    provider: ProviderName, deps: Deps, principal: RecentPrincipal, response: Response
) -> AuthorizationPage:
    """Begin to link an account elsewhere: send the browser to `url`."""
    url, binding = await begin(deps, provider, principal.user_id)
    _bind(deps, response, binding)
    return AuthorizationPage(url=url)


@router.delete(
    "/{provider}/link",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=public("account:write"),
)
async def unlink_provider(
    provider: ProviderName, deps: Deps, principal: RecentPrincipal, work: PersonalWork
) -> None:
    """Unlink an account elsewhere; something that signs you in has to remain."""
    await unlink(deps, work, principal, provider)


def _bind(deps: AuthDeps, response: Response, binding: str) -> None:
    # Lax, because the browser comes back from another site.
    response.set_cookie(
        BROWSER_COOKIE,
        binding,
        max_age=int(STATE_LIFETIME.total_seconds()),
        path="/",
        secure=deps.settings.public_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )
