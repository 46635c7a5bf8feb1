"""Who may run now: as many backtests of a workspace as its plan allows, the rest in order.

A backtest has a job once it has been let in. Whoever ends one lets the next one in, in the same
transaction, so that no death of a process can leave a place empty.
"""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from auth_service.contract.plans import Plan
from shared.clock import utc_now
from shared.errors import QuotaExceededError
from shared.unit_of_work import UnitOfWork
from trading_service.contract.backtests import ACTIVE
from trading_service.models import BacktestRow, PlacesRow

_TRY_AGAIN_S = 10
_AT_ONCE_AT_LEAST = 1
"""For workspaces whose backtests are older than this table."""


class Admission:
    """The places of workspaces, inside a transaction; each workspace's are locked until its end."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._session = work.session

    async def enter(self, row: BacktestRow, plan: Plan) -> None:
        """Let a new backtest in, or let it wait. Raises QuotaExceededError when too many do."""
        await self._lock(row.workspace_id, plan.backtests_at_once)
        active = await self._count(row.workspace_id)
        limit = plan.backtests_at_once + plan.backtests_waiting
        if active >= limit or not plan.backtests_at_once:
            raise QuotaExceededError(
                f"{active} backtests run or wait, and the plan allows {limit}: "
                "try again when one has ended",
                headers={"Retry-After": str(_TRY_AGAIN_S)},
                meter="backtests",
                limit=limit,
            )
        self._session.add(row)
        await self._session.flush()
        await self._fill(row.workspace_id, plan.backtests_at_once)

    async def leave(self, workspace_id: UUID) -> None:
        """Let others in, now that one has ended."""
        await self._session.flush()
        await self._fill(workspace_id, await self._lock(workspace_id))

    async def resize(self, workspace_id: UUID, at_once: int) -> None:
        """Take over what another plan allows. What runs already runs to its end."""
        await self._fill(workspace_id, await self._lock(workspace_id, at_once))

    async def _lock(self, workspace_id: UUID, at_once: int | None = None) -> int:
        """Lock the workspace's places; return how many there are."""
        values = {"workspace_id": workspace_id, "at_once": at_once or _AT_ONCE_AT_LEAST}
        given = insert(PlacesRow).values(values)
        kept = PlacesRow.at_once if at_once is None else at_once
        locked = given.on_conflict_do_update(
            index_elements=[PlacesRow.workspace_id], set_={"at_once": kept}
        )
        return (await self._session.scalars(locked.returning(PlacesRow.at_once))).one()

    async def _count(self, workspace_id: UUID, *, let_in: bool = False) -> int:
        query = select(func.count()).where(
            BacktestRow.workspace_id == workspace_id, BacktestRow.status.in_(ACTIVE)
        )
        if let_in:
            query = query.where(BacktestRow.admitted_at.is_not(None))
        return await self._session.scalar(query) or 0

    async def _fill(self, workspace_id: UUID, at_once: int) -> None:
        """Let in as many as there are free places, in the order in which they were asked for.

        One that somebody holds is being cancelled: it is passed over, since waiting for it, with
        the places locked, could be waiting for somebody who waits for us.
        """
        free = at_once - await self._count(workspace_id, let_in=True)
        if free <= 0:
            return
        waiting = (
            select(BacktestRow)
            .where(
                BacktestRow.workspace_id == workspace_id,
                BacktestRow.status == "queued",
                BacktestRow.admitted_at.is_(None),
            )
            .order_by(BacktestRow.created_at, BacktestRow.id)
            .limit(free)
            .with_for_update(skip_locked=True)
        )
        for row in (await self._session.scalars(waiting)).all():
            row.admitted_at = utc_now()
            await self._work.enqueue(
                "trading.run_backtest",
                row.id,
                queue="minutes",
                workspace_id=workspace_id,
                request_id=row.request_id,
                trace=row.traceparent,
            )
