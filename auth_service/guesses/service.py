"""Count guesses before they are evaluated, so that parallel ones cannot slip past the count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.contract.errors import TooManyGuessesError
from auth_service.hashing import KeyedHashes
from auth_service.models import GuessRow
from shared.clock import utc_now
from shared.ids import new_id
from shared.unit_of_work import UnitOfWork

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_DEVICE = 10
PER_ADDRESS = 50
_IPV6_CUSTOMER_BITS = 64
_FORGET_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a guess counts against: at most ``limit`` in any 15 minutes."""

    kind: str
    value: str
    limit: int


def account_bucket(kind: str, account: str) -> Bucket:
    """Return the bucket of one account, whoever guesses."""
    return Bucket(kind, account, PER_ACCOUNT)


def address_bucket(address: str | None) -> Bucket | None:
    """Return the bucket of one address; IPv6 customers have 2**64 of them, and one bucket."""
    if address is None:
        return None
    found = ip_address(address)
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return Bucket("address", hex(int(found) >> _IPV6_CUSTOMER_BITS), PER_ADDRESS)
    return Bucket("address", str(getattr(found, "ipv4_mapped", None) or found), PER_ADDRESS)


class GuessService:
    """The counts, inside a transaction that ends before the guess is evaluated."""

    def __init__(self, work: UnitOfWork, hashes: KeyedHashes) -> None:
        self._session: AsyncSession = work.session
        self._hashes = hashes

    async def reserve(self, buckets: Sequence[Bucket | None]) -> list[UUID]:
        """Count one guess against every bucket. Raises TooManyGuessesError if one is full."""
        now = utc_now()
        hashed = sorted((self._digest(bucket), bucket.limit) for bucket in buckets if bucket)
        for digest, _ in hashed:  # in one order for everybody, so that nobody waits in a circle
            key = int.from_bytes(digest[:8], "big", signed=True)
            await self._session.execute(select(func.pg_advisory_xact_lock(key)))
        await self._forget_old(now)
        for digest, limit in hashed:
            await self._check(digest, limit, now)
        rows = [GuessRow(id=new_id(), bucket=digest, at=now) for digest, _ in hashed]
        self._session.add_all(rows)
        return [row.id for row in rows]

    async def release(self, ids: Sequence[UUID]) -> None:
        """Take back a count: the guess was right."""
        await self._session.execute(delete(GuessRow).where(GuessRow.id.in_(ids)))

    async def count(self, bucket: Bucket) -> int:
        """Return how many wrong guesses stand against a bucket."""
        query = select(func.count()).where(
            GuessRow.bucket == self._digest(bucket), GuessRow.at > utc_now() - WINDOW
        )
        return (await self._session.scalars(query)).one()

    async def _check(self, digest: bytes, limit: int, now: datetime) -> None:
        query = select(GuessRow.at).where(GuessRow.bucket == digest, GuessRow.at > now - WINDOW)
        times = (await self._session.scalars(query.order_by(GuessRow.at))).all()
        if len(times) >= limit:
            wait = (times[len(times) - limit] + WINDOW - now).total_seconds()
            raise TooManyGuessesError(headers={"Retry-After": str(int(wait) + 1)})

    async def _forget_old(self, now: datetime) -> None:
        old = select(GuessRow.id).where(GuessRow.at <= now - WINDOW).limit(_FORGET_AT_ONCE)
        # Whoever else is forgetting the same rows is left to it.
        skipping = old.with_for_update(skip_locked=True)
        await self._session.execute(delete(GuessRow).where(GuessRow.id.in_(skipping)))

    def _digest(self, bucket: Bucket) -> bytes:
        return self._hashes.digest("guess-bucket", bucket.kind.encode(), bucket.value.encode())
