"""What this machine offers to the embedded platform, as plain data for `naru doctor`."""

import os
import platform
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

from psycopg import AsyncConnection, Error
from psycopg.rows import dict_row

from infra.embedded.binaries import find_postgres, find_valkey
from infra.embedded.engines import postgres_folders
from infra.embedded.errors import EmbeddedError
from infra.embedded.postgres import Postgres
from infra.embedded.process import can_reach, choose_unprivileged, nobody
from infra.embedded.state import StateDir

Tier = Literal["full", "apache", "plain"]

_CONNECT_TIMEOUT_S = 3
_FLUSH_COUNT = 9

# `timescaledb.license` exists once the extension's library is loaded into the session, which the
# extension's presence in this very database brings about.
_DATABASE_FACTS = """
SELECT current_setting('server_version') AS version,
       (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescale,
       current_setting('timescaledb.license', true) AS license,
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') AS is_available
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine's program; without one ``problem`` says what to do."""

    version: str | None
    program: Path | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Machine:
    """The ground everything stands on.

    runs_postgres_as      ``same`` user, inside a ``namespace``, as another ``user``; None: it can't
    user_namespaces       whether this process may make one
    death_signal          whether children die with a killed launcher (PR_SET_PDEATHSIG)
    memory_bytes          physical memory, None where the system does not say
    """

    python: str
    system: str
    cpu_count: int
    memory_bytes: int | None
    is_root: bool
    runs_postgres_as: Literal["same", "namespace", "user"] | None
    user_namespaces: bool
    death_signal: bool


@dataclass(frozen=True, slots=True)
class State:
    """The state folder, or the nearest folder above it that exists.

    running_url   of the platform that runs on it now
    flush_ms      median time to get a small write onto the disk: the price of a commit
    problem       what is in the way of using it
    """

    root: Path
    sockets: Path
    running_url: str | None
    free_bytes: int | None
    flush_ms: float | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Database:
    """A PostgreSQL that was asked.

    tier                what the time series can rest on: ``full`` (Timescale licence), ``apache``
                        (its Apache edition) or ``plain``; None if the server does not answer
    timescale_version   of the extension in this database
    timescale_available the server could create the extension; then a better tier is in reach
    """

    version: str | None
    tier: Tier | None
    timescale_version: str | None
    timescale_available: bool
    problem: str | None


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that was found; ``database`` is None when none was named and none runs."""

    machine: Machine
    postgres: Engine
    valkey: Engine
    state: State
    database: Database | None


async def examine(state: StateDir, database_url: str | None = None) -> Findings:
    """Look around without starting or changing anything.

    ``database_url``: ``postgresql://...``, any driver suffix is dropped; by default that of the
    platform which runs on ``state``.
    """
    folder = _examine_state(state)
    if database_url is None and folder.running_url is not None:
        database_url = Postgres(*postgres_folders(state)).dsn()
    return Findings(
        machine=await _examine_machine(),
        postgres=_examine_postgres(),
        valkey=_examine_valkey(),
        state=folder,
        database=None if database_url is None else await examine_database(database_url),
    )


async def examine_database(url: str) -> Database:
    """Ask a server for its version and its Timescale tier."""
    scheme, _, rest = url.partition("://")
    dsn = f"{scheme.partition('+')[0]}://{rest}"
    try:
        async with await AsyncConnection.connect(
            dsn, connect_timeout=_CONNECT_TIMEOUT_S, row_factory=dict_row
        ) as connection:
            found = await (await connection.execute(_DATABASE_FACTS)).fetchone()
    except Error as error:
        return Database(None, None, None, False, str(error).strip())
    if found is None:
        raise RuntimeError("a SELECT without FROM gave no row")
    tier: Tier = "plain"
    if found["timescale"] is not None:
        tier = "full" if found["license"] == "timescale" else "apache"
    return Database(found["version"], tier, found["timescale"], found["is_available"], None)


async def _examine_machine() -> Machine:
    try:
        identity = (await choose_unprivileged()).kind
    except EmbeddedError:
        identity = None
    return Machine(
        python=platform.python_version(),
        system=platform.platform(),
        cpu_count=len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1,
        memory_bytes=_memory_bytes(),
        is_root=os.geteuid() == 0,
        runs_postgres_as=identity,
        user_namespaces=await can_reach(nobody("namespace"), ["/"]),
        death_signal=sys.platform == "linux",
    )


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None


def _examine_postgres() -> Engine:
    try:
        tree = find_postgres()
    except EmbeddedError as error:
        return Engine(None, None, str(error))
    return Engine(tree.version, tree.program("postgres"), None)


def _examine_valkey() -> Engine:
    try:
        program, version = find_valkey()
    except EmbeddedError as error:
        return Engine(None, None, str(error))
    return Engine(version, program, None)


def _examine_state(state: StateDir) -> State:
    nearest = next(folder for folder in (state.root, *state.root.parents) if os.path.exists(folder))
    note = state.running() or {}
    url = note.get("url")
    problem = None
    if not nearest.is_dir():
        problem = f"{nearest} is a file"
    elif not os.access(nearest, os.W_OK | os.X_OK):
        problem = f"{nearest} is not writable"
    elif nearest == state.root and nearest.stat().st_uid != os.geteuid():
        problem = f"{nearest} belongs to user {nearest.stat().st_uid}"
    return State(
        root=state.root,
        sockets=state.run,
        running_url=url if isinstance(url, str) else None,
        free_bytes=shutil.disk_usage(nearest).free,
        flush_ms=None if problem else _flush_ms(nearest),
        problem=problem,
    )


def _flush_ms(folder: Path) -> float:
    probe = folder / f".naru-doctor-{os.getpid()}"
    file = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        return round(median(_timed_flush(file) for _ in range(_FLUSH_COUNT)), 3)
    finally:
        os.close(file)
        probe.unlink()


def _timed_flush(file: int) -> float:
    began = time.perf_counter()
    os.write(file, bytes(512))
    os.fsync(file)
    return (time.perf_counter() - began) * 1000
