"""Which tier holds the bars; refuses to work on a database that lost what they need."""

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from data_service.contract.errors import StorageDowngradeError
from data_service.contract.storage import StorageReport
from data_service.models import StorageRow
from data_service.storage.probe import FACTS, Facts
from data_service.storage.tiers import RANK, TIERS, StorageTier


class Storage:
    """The chosen tier, checked against the database once a process."""

    def __init__(self) -> None:
        self._tier: StorageTier | None = None

    async def tier(self, session: AsyncSession) -> StorageTier:
        """Return the tier that the bars were created with. Raises StorageDowngradeError."""
        if self._tier is None:
            self._tier = _require(await _stored(session), await _facts(session))
        return self._tier

    async def report(self, session: AsyncSession) -> StorageReport:
        """Look again, and measure. Raises StorageDowngradeError."""
        stored, facts = await _stored(session), await _facts(session)
        tier = _require(stored, facts)
        return StorageReport(
            tier=stored.tier,
            available=facts.tier,
            extension_version=facts.installed,
            bars_bytes=await _number(session, tier.size()),
            failed_job_count=await _number(session, tier.failed_jobs()),
        )


def _require(stored: StorageRow, facts: Facts) -> StorageTier:
    if RANK[facts.tier] < RANK[stored.tier]:
        raise StorageDowngradeError(
            f"the bars were created with the tier {stored.tier!r}, "
            f"but the database now offers {facts.tier!r}: restore TimescaleDB and its licence"
        )
    return TIERS[stored.tier]


async def _stored(session: AsyncSession) -> StorageRow:
    return (await session.scalars(select(StorageRow))).one()


async def _facts(session: AsyncSession) -> Facts:
    return Facts.from_row((await session.execute(text(FACTS))).mappings().one())


async def _number(session: AsyncSession, query: str) -> int:
    return int(await session.scalar(text(query)) or 0)
