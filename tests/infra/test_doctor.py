"""What `naru doctor` is told."""

import os
from pathlib import Path

import pytest
from psycopg import AsyncConnection

from infra.embedded.databases import create_database, drop_database
from infra.embedded.doctor import examine, examine_database
from infra.embedded.engines import EmbeddedEngines
from infra.embedded.postgres import Postgres
from infra.embedded.state import StateDir


async def test_installed_engines_are_found_and_nothing_is_left_behind(tmp_path: Path) -> None:
    findings = await examine(StateDir(tmp_path / "deep" / "state"))

    assert (findings.postgres.problem, findings.valkey.problem) == (None, None)
    assert findings.postgres.version is not None
    assert findings.postgres.version.startswith("18.")
    assert findings.state.problem is None
    assert (findings.state.flush_ms or 0) > 0
    assert (findings.state.running_url, findings.database) == (None, None)
    assert os.listdir(tmp_path) == []


async def test_running_platform_is_asked_for_its_database(state_root: Path) -> None:
    async with EmbeddedEngines(StateDir(state_root)) as engines:
        engines.state.announce_running("http://127.0.0.1:8000")

        findings = await examine(StateDir(state_root))

    assert findings.state.running_url == "http://127.0.0.1:8000"
    assert findings.database is not None
    assert (findings.database.tier, findings.database.problem) == ("plain", None)


async def test_root_is_told_how_postgres_would_run(tmp_path: Path) -> None:
    machine = (await examine(StateDir(tmp_path))).machine

    assert machine.is_root == (os.geteuid() == 0)
    if machine.is_root:
        assert machine.runs_postgres_as == ("namespace" if machine.user_namespaces else "user")
    else:
        assert machine.runs_postgres_as == "same"


async def test_file_in_place_of_the_folder_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")

    state = (await examine(StateDir(tmp_path / "state"))).state

    assert state.problem == f"{tmp_path / 'state'} is a file"


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+asyncpg", "postgresql+psycopg"])
async def test_any_driver_suffix_is_understood(postgres_server: Postgres, scheme: str) -> None:
    url = postgres_server.dsn("postgres", "postgres").replace("postgresql", scheme, 1)

    found = await examine_database(url)

    assert (found.tier, found.timescale_version, found.problem) == ("plain", None, None)
    assert (found.version or "").startswith("18.")


async def test_silent_server_is_a_problem_not_an_error(tmp_path: Path) -> None:
    found = await examine_database(f"postgresql://naru@/naru?host={tmp_path}")

    assert found.tier is None
    assert str(tmp_path) in (found.problem or "")


# The extension itself does not come with the wheel: its mark in the catalogue and its setting are
# all that the probe reads, and both can be made by hand.
@pytest.mark.parametrize(
    ("licence", "tier"), [("timescale", "full"), ("apache", "apache"), (None, "apache")]
)
async def test_tier_follows_the_extensions_licence(
    postgres_server: Postgres, licence: str | None, tier: str
) -> None:
    name = f"tier_{licence}"
    await create_database(postgres_server, name)
    url = postgres_server.dsn(name, "postgres")
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("CREATE EXTENSION lo")
        await connection.execute(
            "UPDATE pg_extension SET extname = 'timescaledb', extversion = '2.29.2'"
            " WHERE extname = 'lo'"
        )
        if licence:
            await connection.execute(f"ALTER DATABASE {name} SET timescaledb.license = '{licence}'")

    found = await examine_database(url)

    assert (found.tier, found.timescale_version) == (tier, "2.29.2")
    await drop_database(postgres_server, name)
