"""Reserve, settle, report. Every count moves by one conditional UPDATE, so none is overrun."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.contract.errors import ReservationNotFoundError
from auth_service.contract.events import QuotaWarning
from auth_service.contract.plans import Plan
from auth_service.contract.subscriptions import (
    Meter,
    MeterUsage,
    ReservationCreate,
    Usage,
)
from auth_service.hashing import KeyedHashes
from auth_service.models import ReservationRow, UsageRow
from auth_service.plans.book import PlanBook
from auth_service.subscriptions.service import SubscriptionService
from shared.clock import utc_now
from shared.errors import QuotaExceededError
from shared.unit_of_work import UnitOfWork

METERS: tuple[Meter, ...] = ("sandbox_cpu_ms", "sms")
WARN_AT = 0.8
_DAY = select(UsageRow).where(
    UsageRow.workspace_id == bindparam("workspace_id"), UsageRow.day == bindparam("day")
)


def limit_of(plan: Plan, meter: Meter) -> int | None:
    """Return a day's limit in the meter's unit; None without one."""
    if meter == "sms":
        return plan.sms_per_day
    seconds = plan.sandbox_cpu_s_per_day
    return None if seconds is None else seconds * 1000


class UsageService:
    """A workspace's meters, inside a transaction."""

    def __init__(self, work: UnitOfWork, plans: PlanBook, hashes: KeyedHashes) -> None:
        self._work = work
        self._session: AsyncSession = work.session
        self._subscriptions = SubscriptionService(work, plans, hashes)

    async def today(self, workspace_id: UUID) -> Usage:
        """Return today's meters; a new day begins at 00:00 UTC."""
        plan = await self._subscriptions.allowances(workspace_id)
        day = utc_now().date()
        found = await self._session.scalars(_DAY, {"workspace_id": workspace_id, "day": day})
        rows = {row.meter: row for row in found}
        meters = [
            MeterUsage(
                meter=meter,
                day=day,
                used=rows[meter].used if meter in rows else 0,
                reserved=rows[meter].reserved if meter in rows else 0,
                limit=limit_of(plan, meter),
            )
            for meter in METERS
        ]
        return Usage(meters=meters)

    async def reserve(self, request: ReservationCreate) -> None:
        """Set a share aside, once per id. Raises QuotaExceededError when it does not fit."""
        plan = await self._subscriptions.allowances(request.workspace_id)
        now = utc_now()
        added = await self._session.scalar(
            insert(ReservationRow)
            .values(
                id=request.id,
                workspace_id=request.workspace_id,
                meter=request.meter,
                day=now.date(),
                amount=request.amount,
                created_at=now,
                expires_at=now + timedelta(seconds=request.lifetime_s),
            )
            .on_conflict_do_nothing()
            .returning(ReservationRow.id)
        )
        if added is None:
            return
        await self._return_expired(request.workspace_id, now)
        limit = limit_of(plan, request.meter)
        if not await self._take(request, now.date(), limit):
            midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
            raise QuotaExceededError(
                f"the day's allowance of {limit} {request.meter} does not cover this",
                headers={"Retry-After": str(int((midnight - now).total_seconds()) + 1)},
                meter=request.meter,
                limit=limit,
            )

    async def settle(self, reservation_id: UUID, amount: int) -> None:
        """Count what work came to in place of its reservation, once. 0 gives all of it back.

        Raises ReservationNotFoundError.
        """
        query = select(ReservationRow).where(ReservationRow.id == reservation_id)
        row = await self._session.scalar(query.with_for_update())
        if row is None:
            raise ReservationNotFoundError
        if row.settled is not None:
            return
        row.settled = amount
        used = await self._session.scalar(
            update(UsageRow)
            .where(
                UsageRow.workspace_id == row.workspace_id,
                UsageRow.meter == row.meter,
                UsageRow.day == row.day,
            )
            .values(used=UsageRow.used + amount, reserved=UsageRow.reserved - row.amount)
            .returning(UsageRow.used)
        )
        await self._warn(row, used or 0, amount)

    async def _take(self, request: ReservationCreate, day: date, limit: int | None) -> bool:
        key = {"workspace_id": request.workspace_id, "meter": request.meter, "day": day}
        await self._session.execute(insert(UsageRow).values(**key).on_conflict_do_nothing())
        take = (
            update(UsageRow)
            .where(*(getattr(UsageRow, name) == value for name, value in key.items()))
            .values(reserved=UsageRow.reserved + request.amount)
            .returning(UsageRow.reserved)
        )
        if limit is not None:
            take = take.where(UsageRow.used + UsageRow.reserved + request.amount <= limit)
        return await self._session.scalar(take) is not None

    async def _return_expired(self, workspace_id: UUID, now: datetime) -> None:
        """Give back what was reserved for work that has not been heard of again.

        Should it be heard of later, what it used is counted all the same.
        """
        query = select(ReservationRow).where(
            ReservationRow.workspace_id == workspace_id,
            ReservationRow.settled.is_(None),
            ReservationRow.expires_at <= now,
            ReservationRow.amount > 0,
        )
        for row in await self._session.scalars(query.with_for_update()):
            await self._session.execute(
                update(UsageRow)
                .where(
                    UsageRow.workspace_id == workspace_id,
                    UsageRow.meter == row.meter,
                    UsageRow.day == row.day,
                )
                .values(reserved=UsageRow.reserved - row.amount)
            )
            row.amount = 0

    async def _warn(self, row: ReservationRow, used: int, amount: int) -> None:
        meter = TypeAdapter[Meter](Meter).validate_python(row.meter)
        limit = limit_of(await self._subscriptions.allowances(row.workspace_id), meter)
        if limit is not None and used - amount < limit * WARN_AT <= used:
            self._work.emit(
                QuotaWarning(workspace_id=row.workspace_id, meter=meter, used=used, limit=limit)
            )
