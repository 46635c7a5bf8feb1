"""The embedded PostgreSQL in this process: crashes, identities, old data, settings."""

import asyncio
import os
import shutil
import signal
import stat
from pathlib import Path

import pytest
from psycopg import AsyncConnection, OperationalError

from infra.embedded.binaries import PostgresTree, find_postgres
from infra.embedded.engines import EmbeddedEngines
from infra.embedded.errors import PostgresError, ProcessStartError
from infra.embedded.postgres import Postgres
from infra.embedded.process import Identity, nobody
from infra.embedded.state import StateDir
from infra.embedded.supervisor import ProcessStatus, Supervisor

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def _dsn(engines: EmbeddedEngines) -> str:
    return engines.database_url.replace("+asyncpg", "")


async def _value(dsn: str, query: str) -> object:
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        cursor = await connection.execute(query)
        row = await cursor.fetchone() if cursor.description else None
    return row[0] if row else None


async def test_killed_server_comes_back_with_all_committed_rows(state_root: Path) -> None:
    states: asyncio.Queue[ProcessStatus] = asyncio.Queue()
    async with EmbeddedEngines(StateDir(state_root), on_change=states.put_nowait) as engines:
        await _value(_dsn(engines), "CREATE TABLE facts AS SELECT generate_series(1, 500) AS n")
        pids = {status.name: status.pid for status in engines.supervisor.status()}
        os.kill(pids["postgres"] or 0, signal.SIGKILL)

        async with asyncio.timeout(60):
            while (change := await states.get()).restart_count == 0 or change.state != "running":
                continue

        assert change.name == "postgres"
        assert change.pid != pids["postgres"]
        assert await _value(_dsn(engines), "SELECT count(*) FROM facts") == 500


async def test_backend_stuck_in_a_query_does_not_delay_the_recovery(state_root: Path) -> None:
    states: asyncio.Queue[ProcessStatus] = asyncio.Queue()
    async with EmbeddedEngines(StateDir(state_root), on_change=states.put_nowait) as engines:
        stuck = await AsyncConnection.connect(_dsn(engines), autocommit=True)
        query = asyncio.create_task(stuck.execute("SELECT pg_sleep(600)"))
        for status in engines.supervisor.status():
            if status.name == "postgres":
                os.kill(status.pid or 0, signal.SIGKILL)

        with pytest.raises(OperationalError):
            await query
        async with asyncio.timeout(60):
            while (change := await states.get()).restart_count == 0 or change.state != "running":
                continue
        assert await _value(_dsn(engines), "SELECT 1") == 1


async def test_server_is_durable_silent_on_tcp_and_private(state_root: Path) -> None:
    async with EmbeddedEngines(StateDir(state_root)) as engines:
        settings = {
            name: await _value(_dsn(engines), f"SHOW {name}")
            for name in ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses")
        }
        sockets = engines.state.run / "pg"

        assert list(settings.values()) == ["on", "on", "on", ""]
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE((sockets / ".s.PGSQL.5432").stat().st_mode) == 0o700
        assert await _value(_dsn(engines), "SHOW server_encoding") == "UTF8"


async def test_settings_of_the_user_win_and_survive_a_restart(state_root: Path) -> None:
    for _ in range(2):
        (state_root / "postgres/data/local.conf").write_text("work_mem = '11MB'\n")
        async with EmbeddedEngines(StateDir(state_root)) as engines:
            assert await _value(_dsn(engines), "SHOW work_mem") == "11MB"


async def test_unfinished_data_folder_is_made_again(folder: Path) -> None:
    torn = folder / "pg" / "data.init"
    torn.mkdir(parents=True)
    (torn / "PG_VERSION").write_text("18\n")

    async with Supervisor(folder / "logs") as supervisor:
        server = Postgres(folder / "pg", folder / "run", durable=False)
        await server.start(supervisor)

        assert await _value(server.dsn(), "SELECT current_user") == "naru"
        assert not torn.exists()


async def test_data_of_another_version_is_refused(state_root: Path) -> None:
    (state_root / "postgres/data/PG_VERSION").write_text("17\n")

    with pytest.raises(PostgresError, match=r"written by PostgreSQL 17, installed is 18\."):
        async with EmbeddedEngines(StateDir(state_root)):
            pytest.fail("started")


async def test_failed_start_shows_the_servers_words_and_stops_the_rest(state_root: Path) -> None:
    (state_root / "postgres/data/local.conf").write_text("no_such_setting = 1\n")
    engines = EmbeddedEngines(StateDir(state_root))

    with pytest.raises(ProcessStartError, match="no_such_setting"):
        await engines.__aenter__()

    assert engines.supervisor.status() == []
    with StateDir(state_root):  # the lock was given back
        pass


async def test_given_addresses_are_used_and_no_engine_is_started(folder: Path) -> None:
    async with EmbeddedEngines(
        StateDir(folder / "state"), database_url="postgresql://db/naru", redis_url="redis://cache"
    ) as engines:
        assert engines.supervisor.status() == []
        assert engines.database_url == "postgresql://db/naru"
        assert engines.redis_url == "redis://cache"


@needs_root
@pytest.mark.parametrize("first", ["namespace", "user"])
async def test_root_keeps_its_data_when_namespaces_come_or_go(folder: Path, first: str) -> None:
    identities = [nobody("namespace"), nobody("user")]
    if first == "user":
        identities.reverse()
    for number, identity in enumerate(identities):
        async with EmbeddedEngines(
            StateDir(folder / "state"), identity=identity, shared_root=folder / "lib"
        ) as engines:
            query = "SELECT count(*) FROM facts" if number else "CREATE TABLE facts (n int)"
            assert await _value(_dsn(engines), query) == (0 if number else None)
    assert not (folder / "state" / "postgres").is_symlink()  # an open path: no need to move out


@needs_root
async def test_server_as_nobody_moves_out_of_a_closed_folder(folder: Path) -> None:
    closed = folder / "root"
    closed.mkdir(mode=0o700)
    state = StateDir(closed / "state")
    for query in ("CREATE TABLE facts (n int)", "DROP TABLE facts"):
        async with EmbeddedEngines(
            state, identity=nobody("user"), shared_root=folder / "lib"
        ) as engines:
            await _value(_dsn(engines), query)
            process = os.stat(f"/proc/{_pid(engines, 'postgres')}")
            assert process.st_uid == nobody("user").uid

    assert (state.root / "postgres").resolve().parent == folder / "lib"
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@needs_root
@pytest.mark.parametrize("identity", [nobody("user"), nobody("namespace")])
async def test_programs_out_of_reach_are_copied(folder: Path, identity: Identity) -> None:
    installed = find_postgres()
    closed = folder / "venv"
    for name in PostgresTree.FOLDERS:
        shutil.copytree(installed.root / name, closed / name)
    closed.chmod(0o700)
    os.chown(closed, 1234, 1234)  # for root in a namespace, too, somebody else's
    tree = PostgresTree(closed, installed.version)

    async with Supervisor(folder / "logs") as supervisor:
        server = Postgres(
            folder / "pg", folder / "run", durable=False, identity=identity, tree=tree
        )
        await server.start(supervisor)

        (pid,) = [status.pid for status in supervisor.status()]
        assert os.readlink(f"/proc/{pid}/exe").startswith(f"{folder}/pg/")


def _pid(engines: EmbeddedEngines, name: str) -> int | None:
    return next(status.pid for status in engines.supervisor.status() if status.name == name)
