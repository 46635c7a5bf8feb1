"""A change of master key reaches every sealed secret, also after having been stopped half-way."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from auth_service.models import TABLES, Base, KeyringRow
from shared.clock import utc_now
from shared.database import create_engine, create_sessions
from shared.redis import connect_redis
from shared.rewrapping import BATCH, SealedColumn, rewrap
from shared.settings import PlatformSettings
from shared.unit_of_work import UnitsOfWork
from shared.vault import Vault, VaultError
from shared.wakeups import Wakeups

OLD, NEW = SecretStr("5a" * 32), SecretStr("a5" * 32)
COUNT = 2 * BATCH + 50
COLUMN = SealedColumn(
    Base.metadata.tables["auth.keyring"], "sealed", lambda row: ("test", row.purpose)
)


class Tired(Exception):
    """The process is stopped."""


class StoppedVault(Vault):
    """Gives up after some secrets, as a killed worker does."""

    def __init__(self, left: int) -> None:
        super().__init__(NEW, [OLD])
        self.left = left

    def rewrap(self, sealed: bytes, *context: str) -> bytes:
        """Return the secret resealed, while strength lasts."""
        if not self.left:
            raise Tired
        self.left -= 1
        return super().rewrap(sealed, *context)


@pytest.fixture
async def units_of_work(
    fresh_database: Callable[..., Awaitable[str]], redis_url: str, tmp_path: Path
) -> AsyncIterator[UnitsOfWork]:
    settings = PlatformSettings(
        database_url=SecretStr(await fresh_database("auth")),
        redis_url=SecretStr(redis_url),
        master_key=NEW,
        state_dir=tmp_path,
    )
    engine = create_engine(settings)
    redis = connect_redis(settings)
    yield UnitsOfWork(create_sessions(engine, settings), TABLES, Wakeups(redis, "auth"))
    await redis.aclose()
    await engine.dispose()


@pytest.fixture
async def sealed(units_of_work: UnitsOfWork) -> None:
    """Seal many secrets under the old master key."""
    vault = Vault(OLD)
    async with units_of_work() as work:
        for number in range(COUNT):
            name = f"secret-{number}"
            content = vault.seal(f"content {number}".encode(), "test", name)
            work.session.add(KeyringRow(purpose=name, sealed=content, created_at=utc_now()))


async def outdated(units_of_work: UnitsOfWork) -> int:
    """Return how many secrets are still under the old key."""
    query = select(func.count()).select_from(COLUMN.table).where(COLUMN.is_outdated(Vault(NEW)))
    async with units_of_work() as work:
        return (await work.session.scalars(query)).one()


@pytest.mark.usefixtures("sealed")
async def test_it_goes_on_where_it_was_stopped(units_of_work: UnitsOfWork) -> None:
    with pytest.raises(Tired):
        await rewrap(units_of_work, StoppedVault(BATCH + 10), [COLUMN])
    assert await outdated(units_of_work) == COUNT - BATCH

    assert await rewrap(units_of_work, Vault(NEW, [OLD]), [COLUMN]) == COUNT - BATCH
    assert await rewrap(units_of_work, Vault(NEW, [OLD]), [COLUMN]) == 0

    async with units_of_work() as work:
        rows = (await work.session.scalars(select(KeyringRow))).all()
        opened = {row.purpose: Vault(NEW).open(row.sealed, "test", row.purpose) for row in rows}
    assert opened == {f"secret-{n}": f"content {n}".encode() for n in range(COUNT)}


@pytest.mark.usefixtures("sealed")
async def test_without_the_old_key_nothing_is_touched(units_of_work: UnitsOfWork) -> None:
    with pytest.raises(VaultError):
        await rewrap(units_of_work, Vault(NEW), [COLUMN])

    assert await outdated(units_of_work) == COUNT
