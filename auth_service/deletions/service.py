"""Erase what this service knows of a person, and follow what the others erase."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.repository import AccountRepository
from auth_service.accounts.service import AccountService
from auth_service.audit.service import Actor, AuditService
from auth_service.contract.deletions import ERASING_SERVICES, Deletion, ErasureReport
from auth_service.contract.errors import (
    DeletionNotFoundError,
    LastOwnerError,
    OwnerRequiredError,
    PersonalWorkspaceError,
    SessionRequiredError,
    WorkspaceNotFoundError,
)
from auth_service.contract.events import MembershipChanged, WorkspaceDeleted
from auth_service.deps import AuthDeps
from auth_service.models import (
    ApiKeyRow,
    AuditEntryRow,
    AuditHeadRow,
    Base,
    DeletionRow,
    ExportRow,
    IdentityRow,
    MembershipRow,
    OneTimeTokenRow,
    SessionRow,
    UserRow,
    WorkspaceRow,
)
from auth_service.revocations.service import RevocationService
from auth_service.sessions.ending import end_sessions
from auth_service.workspaces.repository import WorkspaceRepository
from shared.clock import utc_now
from shared.identity import Principal
from shared.ids import public_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)

_LATE = timedelta(hours=1)
_OTHERS = tuple(service for service in ERASING_SERVICES if service != "auth")


class DeletionService:
    """Erasures, inside a transaction."""

    def __init__(self, work: UnitOfWork, deps: AuthDeps) -> None:
        self._work = work
        self._session: AsyncSession = work.session
        self._deps = deps
        self._accounts = AccountService(work, deps.plans)

    async def delete_me(self, principal: Principal) -> Deletion:
        """Erase the caller's account with the workspaces that are nobody else's.

        Raises LastOwnerError while the person is the last owner of a team that has other members;
        SessionRequiredError.
        """
        if principal.kind != "session" or principal.user_id is None:
            raise SessionRequiredError
        user = await self._accounts.get_user(principal.user_id)
        doomed = await self._own_workspaces(user.id)
        counts = {
            "sessions": await self._count(SessionRow, SessionRow.user_id == user.id),
            "api_keys": await self._count(ApiKeyRow, ApiKeyRow.user_id == user.id),
            "identities": await self._count(IdentityRow, IdentityRow.user_id == user.id),
            "workspaces": len(doomed),
            "audit_entries": await self._count(
                AuditEntryRow, AuditEntryRow.workspace_id.in_(doomed)
            ),
        }
        await end_sessions(self._work, user.id, "deleted")
        await self._void_keys((ApiKeyRow.user_id == user.id) | ApiKeyRow.workspace_id.in_(doomed))
        await self._erase_exports(user.id)
        for place in await self._accounts.memberships(user.id):
            if place.id not in doomed:
                self._work.emit(
                    MembershipChanged(workspace_id=place.id, user_id=user.id, role=None)
                )
        for workspace_id in doomed:
            await self._erase_workspace(workspace_id)
        await self._forget_address(user.email)
        await self._session.execute(delete(UserRow).where(UserRow.id == user.id))
        log.info("user.deleted", user_id=str(user.id), **counts)
        return self._begin(doomed, counts)

    async def delete_team(self, principal: Principal, workspace_id: UUID) -> Deletion:
        """Erase a team's workspace, whoever else is in it; tokens for it are void at once.

        Raises WorkspaceNotFoundError, OwnerRequiredError, PersonalWorkspaceError,
        SessionRequiredError.
        """
        if principal.kind != "session" or principal.user_id is None:
            raise SessionRequiredError
        workspace = await AccountRepository(self._session).lock_workspace(workspace_id)
        members = WorkspaceRepository(self._session)
        member = await members.find_member(workspace_id, principal.user_id)
        if workspace is None or member is None:
            raise WorkspaceNotFoundError
        if member.role != "owner":
            raise OwnerRequiredError
        if workspace.kind == "personal":
            raise PersonalWorkspaceError
        people = await members.list_members(workspace_id)
        mine = AuditEntryRow.workspace_id == workspace_id
        counts = {
            "members": len(people),
            "api_keys": await self._count(ApiKeyRow, ApiKeyRow.workspace_id == workspace_id),
            "audit_entries": await self._count(AuditEntryRow, mine),
        }
        await self._void_keys(ApiKeyRow.workspace_id == workspace_id)
        for person, _ in people:
            await RevocationService(self._work).add(
                "member", person.id, workspace_id=workspace_id, role=None
            )
        await self._erase_workspace(workspace_id)
        await self._record(principal, workspace_id)
        log.info("workspace.deleted", workspace_id=str(workspace_id), **counts)
        return self._begin([workspace_id], counts)

    def _begin(self, doomed: Sequence[UUID], counts: Mapping[str, int]) -> Deletion:
        """Wait for what the other services erase."""
        row = DeletionRow(
            id=uuid4(),
            workspace_id=doomed[0],
            waiting=[_share(place, name) for place in doomed for name in _OTHERS],
            erased={"auth": dict(counts)},
            requested_at=utc_now(),
        )
        self._session.add(row)
        return _present(row)

    async def report(self, workspace_id: UUID, report: ErasureReport) -> None:
        """Note what another service has erased of a workspace; a second report changes nothing."""
        share = _share(workspace_id, report.service)
        query = select(DeletionRow).where(DeletionRow.waiting.contains([share]))
        row = await self._session.scalar(query.with_for_update())
        if row is None:  # told already, or nobody waits for it
            return
        total = Counter(row.erased.get(report.service, {}))
        total.update(report.counts)
        row.erased = row.erased | {report.service: dict(total)}
        row.waiting = [other for other in row.waiting if other != share]
        if not row.waiting:
            row.completed_at = utc_now()

    async def get(self, deletion_id: UUID) -> Deletion:
        """Return how far an erasure is. Raises DeletionNotFoundError."""
        row = await self._session.get(DeletionRow, deletion_id)
        if row is None:
            raise DeletionNotFoundError
        return _present(row)

    async def _own_workspaces(self, user_id: UUID) -> list[UUID]:
        """Return the personal workspace, and those of teams without anybody else.

        Each is locked, in one order for everybody: of the last two members who leave at once, the
        second takes the workspace along.
        """
        doomed = []
        members = WorkspaceRepository(self._session)
        accounts = AccountRepository(self._session)
        for place in await self._accounts.memberships(user_id):
            await accounts.lock_workspace(place.id)
            member = await members.find_member(place.id, user_id)
            if member is None:  # taken out meanwhile
                continue
            if place.kind == "personal" or len(await members.list_members(place.id)) == 1:
                doomed.append(place.id)
            elif member.role == "owner" and await members.count_owners(place.id) == 1:
                raise LastOwnerError(f"make somebody else an owner of {place.name} first")
        return doomed

    async def _erase_workspace(self, workspace_id: UUID) -> None:
        await self._session.execute(
            text("SELECT set_config('naru.erase_workspace', :id, true)"), {"id": str(workspace_id)}
        )
        for table in (AuditEntryRow, AuditHeadRow):
            await self._session.execute(delete(table).where(table.workspace_id == workspace_id))
        answers = self._work.tables.answers
        await self._session.execute(delete(answers).where(answers.c.workspace_id == workspace_id))
        for row in (MembershipRow, ApiKeyRow):
            await self._session.execute(delete(row).where(row.workspace_id == workspace_id))
        await self._session.execute(delete(WorkspaceRow).where(WorkspaceRow.id == workspace_id))
        self._work.emit(WorkspaceDeleted(workspace_id=workspace_id))
        await self._work.enqueue("auth.erase_objects", workspace_id)

    async def _forget_address(self, email: str) -> None:
        """Void what was mailed to an address on behalf of others: invitations name it."""
        to = func.lower(OneTimeTokenRow.facts["to"].astext)
        await self._session.execute(delete(OneTimeTokenRow).where(to == email.lower()))

    async def _erase_exports(self, user_id: UUID) -> None:
        """Have the archives deleted, of teams that go on too: their rows go with the person."""
        query = select(ExportRow.workspace_id, ExportRow.id).where(ExportRow.user_id == user_id)
        for workspace_id, export_id in (await self._session.execute(query)).all():
            # And once more later: a service may be about to put its part there.
            for delay in (timedelta(0), _LATE):
                await self._work.enqueue("auth.erase_export", workspace_id, export_id, delay=delay)

    async def _record(self, principal: Principal, workspace_id: UUID) -> None:
        """Keep in the owner's own log that the workspace went: its own goes with it."""
        owner = principal.user_id
        if owner is not None:
            own, _ = await self._accounts.personal_workspace(owner)
            await AuditService(self._work, self._deps.hashes).record(
                own.id, "workspace.deleted", Actor.of(principal), public_id("ws", workspace_id)
            )

    async def _void_keys(self, condition: ColumnElement[bool]) -> None:
        query = select(ApiKeyRow.id).where(condition)
        for key_id in (await self._session.scalars(query)).all():
            await RevocationService(self._work).add("api_key", key_id)

    async def _count(self, table: type[Base], condition: object) -> int:
        query = select(func.count()).select_from(table).where(condition)  # type: ignore[arg-type]
        return (await self._session.scalars(query)).one()


def _share(workspace_id: UUID, service: str) -> str:
    return f"{workspace_id.hex} {service}"


def _present(row: DeletionRow) -> Deletion:
    return Deletion.model_validate(row, from_attributes=True)
