"""Read and change subscriptions."""

from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.repository import AccountRepository
from auth_service.audit.service import Actor, AuditService
from auth_service.contract.errors import PlanNotFoundError, WorkspaceNotFoundError
from auth_service.contract.events import SubscriptionChanged
from auth_service.contract.plans import Plan
from auth_service.contract.subscriptions import Subscription, SubscriptionChange
from auth_service.hashing import KeyedHashes
from auth_service.models import SubscriptionRow, WorkspaceRow
from auth_service.plans.book import PlanBook
from auth_service.revocations.service import RevocationService
from shared.clock import utc_now
from shared.http.preconditions import Precondition
from shared.ids import public_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)

Source = Literal["admin", "billing", "lapsed"]

_SUBSCRIBED = (  # built once: every run and every look at one's usage asks
    select(WorkspaceRow, SubscriptionRow)
    .join(SubscriptionRow, SubscriptionRow.workspace_id == WorkspaceRow.id, isouter=True)
    .where(WorkspaceRow.id == bindparam("workspace_id"))
)


class SubscriptionService:
    """Subscriptions, inside a transaction."""

    def __init__(self, work: UnitOfWork, plans: PlanBook, hashes: KeyedHashes) -> None:
        self._work = work
        self._session: AsyncSession = work.session
        self._plans = plans
        self._hashes = hashes

    async def get(self, workspace_id: UUID) -> tuple[Subscription, int]:
        """Return a workspace's subscription and its revision. Raises WorkspaceNotFoundError."""
        found = await self._session.execute(_SUBSCRIBED, {"workspace_id": workspace_id})
        row = found.one_or_none()
        if row is None:
            raise WorkspaceNotFoundError
        return self._present(row[0], row[1])

    async def allowances(self, workspace_id: UUID) -> Plan:
        """Return what a workspace may use: its plan, and what was agreed beyond it."""
        return (await self.get(workspace_id))[0].allowances

    async def change(
        self,
        workspace_id: UUID,
        request: SubscriptionChange,
        source: Source,
        actor: Actor,
        *,
        precondition: Precondition | None = None,
        reference: str | None = None,
    ) -> tuple[Subscription, int]:
        """Put a workspace on a plan; tokens in use show it within a second.

        Raises PlanNotFoundError, WorkspaceNotFoundError, PreconditionFailedError.
        """
        workspace = await AccountRepository(self._session).lock_workspace(workspace_id)
        if workspace is None:
            raise WorkspaceNotFoundError
        if request.plan not in {plan.name for plan in self._plans.plans()}:
            raise PlanNotFoundError.at("/plan", "no-such-plan", "see GET /plans")
        query = select(SubscriptionRow).where(SubscriptionRow.workspace_id == workspace_id)
        row = await self._session.scalar(query)
        if precondition is not None:
            precondition.check(row.revision if row else 0)
        if row is None:
            row = SubscriptionRow(workspace_id=workspace_id, revision=0)
            self._session.add(row)
        before, workspace.plan = workspace.plan, request.plan
        row.plan, row.source, row.reference = request.plan, source, reference
        row.allowances = request.allowances.model_dump(exclude_none=True)
        row.renews_at, row.past_due_at, row.changed_at = request.renews_at, None, utc_now()
        row.revision += 1
        if request.renews_at is not None:
            delay = max(request.renews_at - utc_now(), timedelta(0))
            await self._work.enqueue("auth.check_renewal", workspace_id, delay=delay)
        await RevocationService(self._work).add("workspace", workspace_id, plan=request.plan)
        self._work.emit(SubscriptionChanged(workspace_id=workspace_id, plan=request.plan))
        await AuditService(self._work, self._hashes).record(
            workspace_id,
            "subscription.changed",
            actor,
            public_id("ws", workspace_id),
            before=before,
            after=request.plan,
            source=source,
        )
        log.info("subscription.changed", workspace_id=str(workspace_id), plan=request.plan)
        return self._present(workspace, row)

    def _present(
        self, workspace: WorkspaceRow, row: SubscriptionRow | None
    ) -> tuple[Subscription, int]:
        plan = self._plans.get(workspace.plan)
        agreed = row.allowances if row else {}
        return Subscription.model_validate(
            {
                "workspace_id": workspace.id,
                "plan": plan.name,
                "source": row.source if row else "default",
                "allowances": plan.model_dump() | agreed,
                "renews_at": row.renews_at if row else None,
                "changed_at": row.changed_at if row else None,
            }
        ), (row.revision if row else 0)
