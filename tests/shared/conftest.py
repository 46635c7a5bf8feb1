"""A database with plumbing tables (the trading service's) that tests may commit to."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import create_engine, create_sessions
from shared.redis import connect_redis
from shared.settings import PlatformSettings
from shared.unit_of_work import UnitsOfWork
from shared.wakeups import Wakeups
from trading_service.models import TABLES


@pytest.fixture
async def settings(
    fresh_database: Callable[..., Awaitable[str]], redis_url: str, tmp_path: Path
) -> PlatformSettings:
    """Return settings of an installation of this test alone."""
    return PlatformSettings(
        database_url=SecretStr(await fresh_database("trading")),
        redis_url=SecretStr(redis_url),
        master_key=SecretStr("5a" * 32),
        state_dir=tmp_path,
    )


@pytest.fixture
async def engine(settings: PlatformSettings) -> AsyncIterator[AsyncEngine]:
    """Return an engine on the test's database."""
    engine = create_engine(settings)
    yield engine
    await engine.dispose()


@pytest.fixture
async def units_of_work(
    settings: PlatformSettings, engine: AsyncEngine
) -> AsyncIterator[UnitsOfWork]:
    """Return the opener of transactions on the test's database."""
    redis = connect_redis(settings)
    yield UnitsOfWork(create_sessions(engine, settings), TABLES, Wakeups(redis, "trading"))
    await redis.aclose()
