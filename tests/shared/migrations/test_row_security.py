"""What PostgreSQL itself hides from a tenant's transaction."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import Executable, create_engine, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from auth_service.contract.events import UserRegistered
from auth_service.models import TABLES, UsageRow, WorkspaceRow
from shared.clock import utc_now
from shared.database import create_engine as create_async_engine
from shared.database import create_sessions, database_url
from shared.ids import new_id
from shared.migrations.row_security import EXEMPT, open_tables, secure_schema
from shared.redis import connect_redis
from shared.settings import PlatformSettings
from shared.unit_of_work import UnitsOfWork
from shared.wakeups import Wakeups

SERVICES = ("auth", "data", "logic", "trading", "notification")
MINE, THEIRS = new_id(), new_id()


@pytest.fixture
async def settings(
    fresh_database: Callable[..., Awaitable[str]], redis_url: str, tmp_path: Path
) -> PlatformSettings:
    return PlatformSettings(
        database_url=SecretStr(await fresh_database()),
        redis_url=SecretStr(redis_url),
        master_key=SecretStr("5a" * 32),
        state_dir=tmp_path,
    )


@pytest.fixture
async def units_of_work(settings: PlatformSettings) -> AsyncIterator[UnitsOfWork]:
    engine = create_async_engine(settings)
    redis = connect_redis(settings)
    yield UnitsOfWork(create_sessions(engine, settings), TABLES, Wakeups(redis, "auth"))
    await redis.aclose()
    await engine.dispose()


def _usage(workspace_id: UUID) -> UsageRow:
    return UsageRow(workspace_id=workspace_id, meter="sms", day=utc_now().date(), used=1)


@pytest.fixture
async def two_tenants(units_of_work: UnitsOfWork) -> None:
    async with units_of_work() as work:
        for workspace_id in (MINE, THEIRS):
            work.session.add(WorkspaceRow(id=workspace_id, name="x", kind="personal", plan="free"))
        await work.session.flush()
        work.session.add_all([_usage(MINE), _usage(THEIRS)])


async def test_a_tenant_sees_its_own_rows_only(
    units_of_work: UnitsOfWork, two_tenants: None
) -> None:
    async with units_of_work(MINE) as work:
        assert (await work.session.scalars(select(UsageRow.workspace_id))).all() == [MINE]
        changed = await work.session.execute(update(UsageRow).values(used=5))
        assert changed.rowcount == 1  # type: ignore[attr-defined]
        gone = await work.session.execute(delete(UsageRow))
        assert gone.rowcount == 1  # type: ignore[attr-defined]
    async with units_of_work() as work:
        left = (await work.session.execute(select(UsageRow.workspace_id, UsageRow.used))).all()
    assert [tuple(row) for row in left] == [(THEIRS, 1)]


@pytest.mark.parametrize(
    "statement",
    [
        insert(UsageRow).values(workspace_id=THEIRS, meter="log", day=utc_now().date()),
        update(UsageRow).values(workspace_id=THEIRS),
    ],
)
async def test_a_tenant_cannot_write_into_another(
    units_of_work: UnitsOfWork, two_tenants: None, statement: Executable
) -> None:
    async def write() -> None:
        async with units_of_work(MINE) as work:
            await work.session.execute(statement)

    with pytest.raises(DBAPIError, match="row-level security"):
        await write()


async def test_a_transaction_leaves_nothing_for_the_next_on_its_connection(
    units_of_work: UnitsOfWork, two_tenants: None
) -> None:
    async with units_of_work(MINE) as work:
        here = await work.session.scalar(text("SELECT pg_backend_pid()"))
    async with units_of_work() as work:
        assert await work.session.scalar(text("SELECT pg_backend_pid()")) == here
        assert len((await work.session.scalars(select(UsageRow.workspace_id))).all()) == 2


async def test_readers_see_their_own_rows_whoever_read_before_on_their_connection(
    units_of_work: UnitsOfWork, two_tenants: None
) -> None:
    seen, connections = [], set()
    for tenant in (MINE, MINE, THEIRS, None, MINE):
        async with units_of_work.reading(tenant) as work:
            seen.append(set(await work.session.scalars(select(UsageRow.workspace_id))))
            connections.add(await work.session.scalar(text("SELECT pg_backend_pid()")))

    assert seen == [{MINE}, {MINE}, {THEIRS}, {MINE, THEIRS}, {MINE}]
    assert len(connections) == 1


async def test_readers_side_by_side_see_their_own_rows(
    units_of_work: UnitsOfWork, two_tenants: None
) -> None:
    async with units_of_work.reading(MINE) as mine, units_of_work.reading(THEIRS) as theirs:
        for work, tenant in ((theirs, THEIRS), (mine, MINE), (theirs, THEIRS)):
            seen = await work.session.scalars(select(UsageRow.workspace_id))
            assert seen.all() == [tenant]


async def test_a_connection_made_anew_becomes_a_reader_again(
    units_of_work: UnitsOfWork, two_tenants: None
) -> None:
    backend = text("SELECT pg_backend_pid()")
    async with units_of_work.reading(MINE) as work:
        gone = await work.session.scalar(backend)
    async with units_of_work() as work:
        await work.session.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": gone})

    with suppress(DBAPIError):  # whoever comes first may have to find out
        async with units_of_work.reading(MINE) as work:
            await work.session.execute(backend)
    async with units_of_work.reading(MINE) as work:
        assert await work.session.scalar(backend) != gone
        assert (await work.session.scalars(select(UsageRow.workspace_id))).all() == [MINE]


async def test_who_was_interrupted_while_becoming_a_reader_leaves_nothing_behind(
    units_of_work: UnitsOfWork, two_tenants: None
) -> None:
    async with units_of_work.reading(MINE) as work:
        await work.session.execute(text("SET naru.workspace_id = DEFAULT"))
        (await work.session.connection()).info.pop("reads_for")
    async with units_of_work.reading(MINE) as work:
        assert (await work.session.scalars(select(UsageRow.workspace_id))).all() == [MINE]


@pytest.mark.parametrize("tenant", [MINE, None])
@pytest.mark.parametrize(
    "statement",
    [
        update(UsageRow).values(used=7),
        delete(UsageRow),
        select(UsageRow).with_for_update(),
        text("CREATE TABLE auth.mine (id int)"),
    ],
)
async def test_readers_change_and_lock_nothing(
    units_of_work: UnitsOfWork, two_tenants: None, tenant: UUID | None, statement: Executable
) -> None:
    with pytest.raises(DBAPIError, match=r"read-only transaction"):
        async with units_of_work.reading(tenant) as work:
            await work.session.execute(statement)


async def test_readers_tell_of_no_events(units_of_work: UnitsOfWork, two_tenants: None) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        async with units_of_work.reading(MINE) as work:
            work.emit(UserRegistered(workspace_id=MINE, user_id=MINE))


async def test_the_app_role_without_a_tenant_sees_nothing(
    units_of_work: UnitsOfWork, two_tenants: None
) -> None:
    async with units_of_work() as work:
        await work.session.execute(text("SET LOCAL ROLE naru_app"))
        assert (await work.session.scalars(select(UsageRow.workspace_id))).all() == []


async def test_the_app_role_owns_nothing(units_of_work: UnitsOfWork) -> None:
    for forbidden in (
        "ALTER TABLE auth.usage DISABLE ROW LEVEL SECURITY",
        "DROP TABLE auth.usage",
        "TRUNCATE auth.usage",
        "CREATE TABLE auth.mine (id int)",
    ):
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
            async with units_of_work(MINE) as work:
                await work.session.execute(text(forbidden))


async def test_every_table_with_a_workspace_is_walled_in_or_says_why_not(
    settings: PlatformSettings,
) -> None:
    engine = create_engine(database_url(settings, "psycopg"))
    with engine.connect() as connection:
        for service in SERVICES:
            assert open_tables(connection, service) == []
            tables = import_module(f"{service}_service.models").Base.metadata.tables.values()
            for table in tables:
                if "workspace_id" in table.columns and (table.comment or "").startswith(EXEMPT):
                    assert len(table.comment) > len(EXEMPT) + 20
    engine.dispose()


async def test_a_new_table_is_walled_in_by_the_next_migration(settings: PlatformSettings) -> None:
    engine = create_engine(database_url(settings, "psycopg"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE auth.later (workspace_id uuid)"))
        assert open_tables(connection, "auth") == ["later"]
        secure_schema(connection, "auth")
        assert open_tables(connection, "auth") == []
        secure_schema(connection, "auth")
    engine.dispose()


OWN_WAYS = {
    "data.bars": "reached through series, which only the workspace's own datasets give out",
    "data.storage": "one row about the installation",
    "auth.users": "people are members of several workspaces",
    "auth.revocations": "the feed that the gateway follows; nothing of it is secret",
    "event_cursors": "how far the service has read",
}
"""Tables without a tenant that the app role may use all the same, and why."""


@pytest.mark.parametrize("service", SERVICES)
async def test_every_table_is_walled_in_closed_or_has_a_reason(
    settings: PlatformSettings, service: str
) -> None:
    query = text(
        """
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
            coalesce(obj_description(c.oid, 'pg_class'), ''),
            has_table_privilege('naru_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = :service AND c.relkind IN ('r', 'p')
        """
    )
    engine = create_engine(database_url(settings, "psycopg"))
    with engine.connect() as connection:
        tables = connection.execute(query, {"service": service}).all()
    engine.dispose()

    assert len(tables) >= 5
    known = {*OWN_WAYS, "alembic_version"}
    bare = [
        name
        for name, walled, comment, reachable in tables
        if not walled and reachable and not comment.startswith(EXEMPT)
        if name not in known and f"{service}.{name}" not in known
    ]
    assert bare == []


async def test_a_tenant_sees_no_other_workspace_and_nobodys_secrets(
    units_of_work: UnitsOfWork, two_tenants: None
) -> None:
    async with units_of_work(MINE) as work:
        assert (await work.session.scalars(select(WorkspaceRow.id))).all() == [MINE]
    closed = ("keyring", "signing_keys", "totp", "recovery_codes", "passkeys", "refresh_tokens")
    for table in closed:
        with pytest.raises(DBAPIError, match="permission denied"):
            async with units_of_work(MINE) as work:
                await work.session.execute(text(f"SELECT count(*) FROM auth.{table}"))
