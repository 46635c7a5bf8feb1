"""End paid plans that nobody has paid for: after a warning and some days of grace."""

from datetime import datetime, timedelta
from uuid import UUID

from auth_service.audit.service import PLATFORM
from auth_service.contract.events import SubscriptionPastDue
from auth_service.contract.subscriptions import SubscriptionChange
from auth_service.deps import AuthDeps
from auth_service.mails.service import MailService
from auth_service.models import SubscriptionRow, WorkspaceRow
from auth_service.subscriptions.service import SubscriptionService
from auth_service.workspaces.repository import WorkspaceRepository
from shared.clock import utc_now
from shared.unit_of_work import UnitOfWork


async def check_renewal(deps: AuthDeps, work: UnitOfWork, workspace_id: UUID) -> None:
    """Warn about a plan past its renewal, once; after the grace put it on the first plan.

    A payment moves ``renews_at``: then there is nothing to do.
    """
    row = await work.session.get(SubscriptionRow, workspace_id, with_for_update=True)
    now = utc_now()
    if row is None or row.renews_at is None or row.renews_at > now:
        return
    ends_at = row.renews_at + timedelta(days=deps.settings.renewal_grace_days)
    if now >= ends_at:
        change = SubscriptionChange(plan=deps.plans.default().name)
        subscriptions = SubscriptionService(work, deps.plans, deps.hashes)
        await subscriptions.change(workspace_id, change, "lapsed", PLATFORM)
    elif row.past_due_at is None:
        row.past_due_at = now
        work.emit(SubscriptionPastDue(workspace_id=workspace_id, plan=row.plan, ends_at=ends_at))
        await _warn_owners(deps, work, row, ends_at)
        await work.enqueue("auth.check_renewal", workspace_id, delay=ends_at - now)


async def _warn_owners(
    deps: AuthDeps, work: UnitOfWork, row: SubscriptionRow, ends_at: datetime
) -> None:
    workspace = await work.session.get_one(WorkspaceRow, row.workspace_id)
    about = f"{deps.plans.get(row.plan).title}, {workspace.name}"
    mails = MailService(work, deps.hashes)
    for user, member in await WorkspaceRepository(work.session).list_members(workspace.id):
        if member.role == "owner":
            await mails.warn_of_lapse(user, about, ends_at)
