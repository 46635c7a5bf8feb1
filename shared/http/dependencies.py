"""What every endpoint may ask for: who calls, for which workspace, and a transaction."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import Depends, Request

from shared.clock import utc_now
from shared.errors import ForbiddenError, NotAuthenticatedError, StepUpRequiredError
from shared.http.pages import CursorSigner
from shared.identity import ANONYMOUS, IDENTITY_HEADER, IdentitySigner, Principal
from shared.unit_of_work import UnitOfWork, UnitsOfWork


class CommonDeps(Protocol):
    """What a service's own ``deps`` offer at least."""

    identities: IdentitySigner
    cursors: CursorSigner
    units_of_work: UnitsOfWork


async def _deps(request: Request) -> Any:
    return request.app.state.deps


def _common(request: Request) -> CommonDeps:
    deps: CommonDeps = request.app.state.deps
    return deps


Deps = Annotated[Any, Depends(_deps)]
"""The service's own ``deps``, for use cases that cannot live inside one transaction."""


# Each of these asks the request itself and not one another: FastAPI solves a dependency's own
# dependencies again for everybody who names it, which took as long as all of them together.


def _principal_of(request: Request) -> Principal:
    header = request.headers.get(IDENTITY_HEADER)
    return _common(request).identities.verify(header) if header else ANONYMOUS


def _known_principal_of(request: Request) -> Principal:
    principal = _principal_of(request)
    if principal.kind == "anonymous":
        raise NotAuthenticatedError
    return principal


async def _read_principal(request: Request) -> Principal:
    """Return who calls, as the gateway or another service has signed it."""
    return _principal_of(request)


MaybePrincipal = Annotated[Principal, Depends(_read_principal)]


async def _require_principal(request: Request) -> Principal:
    return _known_principal_of(request)


CurrentPrincipal = Annotated[Principal, Depends(_require_principal)]


STEP_UP_MAX_AGE_S = 5 * 60
_CLOCK_SKEW_S = 5


async def _require_recent(principal: CurrentPrincipal) -> Principal:
    if principal.kind != "session" or principal.signed_in_at is None:
        raise StepUpRequiredError("only a signed-in person may do this, not an API key")
    age_s = utc_now().timestamp() - principal.signed_in_at
    if not -_CLOCK_SKEW_S <= age_s <= STEP_UP_MAX_AGE_S:
        raise StepUpRequiredError
    return principal


RecentPrincipal = Annotated[Principal, Depends(_require_recent)]
"""A person who signed in, or confirmed to be themselves, in the last five minutes."""


async def _require_admin(principal: CurrentPrincipal) -> Principal:
    if principal.kind != "session" or principal.role != "admin":
        raise ForbiddenError("only an administrator of this installation may do this")
    return principal


AdminPrincipal = Annotated[Principal, Depends(_require_admin)]
"""A signed-in administrator of the installation."""


async def _require_workspace(request: Request) -> UUID:
    return _known_principal_of(request).require_workspace()


CurrentWorkspace = Annotated[UUID, Depends(_require_workspace)]


async def require_service(principal: CurrentPrincipal) -> Principal:
    """Refuse everybody but our own services; the dependency of every internal router."""
    if principal.kind != "service":
        raise ForbiddenError("only the platform's services may call this")
    return principal


CallingService = Annotated[Principal, Depends(require_service)]


async def _cursors(request: Request) -> CursorSigner:
    return _common(request).cursors


Cursors = Annotated[CursorSigner, Depends(_cursors)]


_READING = {"GET", "HEAD"}


def work_for(request: Request, tenant: UUID | None) -> AbstractAsyncContextManager[UnitOfWork]:
    """Return what a request works in: a transaction, or, if it only asks, what only reads."""
    units_of_work = _common(request).units_of_work
    return units_of_work.reading(tenant) if request.method in _READING else units_of_work(tenant)


async def _open_work(request: Request) -> AsyncIterator[UnitOfWork]:
    async with work_for(request, _principal_of(request).workspace_id) as work:
        yield work


Work = Annotated[UnitOfWork, Depends(_open_work, scope="function")]
"""The request's transaction; committed before the answer is sent. A GET has nothing to commit."""


async def _open_transaction(request: Request) -> AsyncIterator[UnitOfWork]:
    async with _common(request).units_of_work(_principal_of(request).workspace_id) as work:
        yield work


Transaction = Annotated[UnitOfWork, Depends(_open_transaction, scope="function")]
"""A transaction in a GET, too: for what is read piece by piece, through a cursor."""
