"""What happens to subscriptions when a date passes."""

from uuid import UUID

from auth_service.deps import AuthDeps
from auth_service.subscriptions.lapsing import check_renewal
from shared.jobs.tasks import Task, task


@task("auth.check_renewal", max_tries=100)
async def check_subscription(deps: AuthDeps, workspace_id: UUID) -> None:
    """See whether a plan has been paid for. Done twice it warns and ends once."""
    async with deps.units_of_work() as work:
        await check_renewal(deps, work, workspace_id)


TASKS: tuple[Task, ...] = (check_subscription,)
