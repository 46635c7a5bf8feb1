"""The embedded PostgreSQL: one data folder, one Unix socket, watched by the supervisor."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from infra.embedded.binaries import PostgresTree, find_postgres
from infra.embedded.errors import PostgresError
from infra.embedded.leftovers import end_processes_in
from infra.embedded.logs import size, tail
from infra.embedded.postgres_settings import LOCAL_HEAD, SYNC_METHOD, render_settings
from infra.embedded.process import SAME, Identity, can_reach, choose_unprivileged, spawn
from infra.embedded.supervisor import ProcessSpec, Supervisor
from shared.logging import get_logger

log = get_logger(__name__)

OWNER = "naru"
ADMIN = "postgres"
_INIT_TIMEOUT_S = 60.0
# Owned by no superuser, so that row-level security holds.
_FIRST_STATEMENTS = f"""\
CREATE ROLE {OWNER} LOGIN CREATEROLE
CREATE DATABASE {OWNER} OWNER {OWNER}
"""
# Databases are encoded and ordered by code point on every machine; no ICU, no system locale.
_INIT_OPTIONS = (
    f"--username={ADMIN}",
    "--auth=trust",  # the socket's folder is the lock: 0700
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


class Postgres:
    """A server on ``home/data``, reached through ``sockets``. The caller holds the state lock.

    durable   False for tests only: a power cut may cost the data, a killed process not
    identity  who the server runs as; chosen on start when None
    tree      the server's programs; those of the wheel when None
    """

    def __init__(
        self,
        home: Path,
        sockets: Path,
        *,
        durable: bool = True,
        identity: Identity | None = None,
        tree: PostgresTree | None = None,
    ) -> None:
        self._home = home
        self._sockets = sockets
        self._durable = durable
        self._identity = identity
        self._tree = tree

    @property
    def data(self) -> Path:
        """The server's data folder."""
        return self._home / "data"

    def dsn(self, database: str = OWNER, user: str = OWNER) -> str:
        """Return the address for asyncpg and psycopg: ``postgresql://...``."""
        return f"postgresql://{user}@/{quote(database, safe='')}?host={quote(str(self._sockets))}"

    def url(self, database: str = OWNER, user: str = OWNER) -> str:
        """Return the address for SQLAlchemy: ``postgresql+asyncpg://...``."""
        return self.dsn(database, user).replace("postgresql://", "postgresql+asyncpg://", 1)

    async def start(self, supervisor: Supervisor) -> None:
        """Create the data folder if there is none, and run the server under ``supervisor``.

        Raises EngineMissingError, NoUsableIdentityError, PostgresError, ProcessStartError.
        """
        identity = self._identity or await choose_unprivileged()
        self._make_folders(identity)
        tree = await self._reachable(self._tree or find_postgres(), identity)
        if not self.data.exists():
            await self._create_data(tree, identity, supervisor.logs / "initdb.log")
        self._check_version(tree)
        self._write_settings()
        _give(self.data, identity)
        await supervisor.start(
            ProcessSpec(
                name="postgres",
                layer=0,
                command=[tree.program("postgres"), "-D", self.data, "-k", self._sockets],
                identity=identity,
                prepare=self._clear_leftovers,
                ready=self._is_ready,
                start_timeout_s=120.0,  # replaying the log after a crash takes its time
                stop_signal=signal.SIGINT,  # fast shutdown: ends sessions, writes a checkpoint
                stop_timeout_s=20.0,
                death_signal=signal.SIGQUIT,  # immediate shutdown, in bounded time (<= 5 s)
            )
        )

    def _make_folders(self, identity: Identity) -> None:
        for folder in (self._home, self._sockets):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _give(folder, identity, deep=False)

    async def _reachable(self, tree: PostgresTree, identity: Identity) -> PostgresTree:
        if not await can_reach(identity, [self._home, self._sockets]):
            raise PostgresError(
                f"the server, running as {identity}, cannot enter {self._home}: use a state"
                " folder below one that everybody may pass through, such as /var/lib/naru"
            )
        if identity == SAME or await can_reach(identity, [tree.program("postgres")]):
            return tree
        # The venv is private to somebody else; the copy costs 38 MB.
        return await asyncio.to_thread(_copy_tree, tree, self._home / f"server-{tree.version}")

    async def _create_data(self, tree: PostgresTree, identity: Identity, output: Path) -> None:
        fresh = self._home / "data.init"
        await end_processes_in(fresh, "postgres", signal.SIGKILL)
        shutil.rmtree(fresh, ignore_errors=True)
        sync = [f"--sync-method={SYNC_METHOD}"] if self._durable else ["--no-sync"]
        # A server for one user: the launcher would need a driver, and hold it as long as it runs.
        alone = ["--single", "-c", "exit_on_error=on", *([] if self._durable else ["-F"])]
        async with asyncio.timeout(_INIT_TIMEOUT_S):
            initdb = [tree.program("initdb"), "-D", fresh, *_INIT_OPTIONS, *sync]
            await _run(initdb, output, identity)
            single = [tree.program("postgres"), *alone, "-D", fresh, ADMIN]
            await _run(single, output, identity, _FIRST_STATEMENTS)
        fresh.rename(self.data)  # only a complete data folder ever has this name
        log.info("postgres.created", version=tree.version)

    def _check_version(self, tree: PostgresTree) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != tree.major:
            raise PostgresError(
                f"{self.data} was written by PostgreSQL {found}, installed is {tree.version}:"
                " dump it with the old version and restore it into a new state folder"
            )

    def _write_settings(self) -> None:
        _write_new(self.data / "postgresql.conf", render_settings(durable=self._durable))
        local = self.data / "local.conf"
        if not local.exists():
            _write_new(local, LOCAL_HEAD)

    async def _clear_leftovers(self) -> None:
        # The state lock is ours, so whoever still works here has lost its launcher. Without them
        # the lock files are stale; their process id may meanwhile be somebody else's, or a
        # zombie's, which PostgreSQL would take for a running server.
        await end_processes_in(self.data, "postgres", signal.SIGQUIT)
        socket = self._sockets / ".s.PGSQL.5432"
        for stale in (self.data / "postmaster.pid", socket, Path(f"{socket}.lock")):
            stale.unlink(missing_ok=True)

    async def _is_ready(self, pid: int) -> bool:
        # Line 8 is what pg_ctl waits for (miscadmin.h, LOCK_FILE_LINE_PM_STATUS). In a user
        # namespace process ids are the same; only users are mapped.
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


async def _run(
    command: Sequence[object], output: Path, identity: Identity, given: str = ""
) -> None:
    """Run a program to its end; raises PostgresError with what it said unless that is good."""
    began = size(output)
    with tempfile.TemporaryFile() as stdin:
        stdin.write(given.encode())
        stdin.seek(0)
        process = await spawn(
            [*map(str, command)], log=output, identity=identity, stdin=stdin.fileno()
        )
        try:
            code = await process.wait()
        except BaseException:
            process.kill()
            await process.wait()
            raise
    if code != 0:
        program = Path(str(command[0])).name
        raise PostgresError(f"{program} ended with {code}:\n{tail(output, after=began)}")


def _copy_tree(tree: PostgresTree, target: Path) -> PostgresTree:
    if not target.exists():
        partial = target.with_name(f"{target.name}.new")
        shutil.rmtree(partial, ignore_errors=True)
        for folder in tree.FOLDERS:
            if (tree.root / folder).exists():
                shutil.copytree(
                    tree.root / folder,
                    partial / folder,
                    ignore=shutil.ignore_patterns("include", "doc", "*.a"),
                )
        partial.chmod(0o755)
        partial.rename(target)
    return PostgresTree(target, tree.version)


def _write_new(file: Path, text: str) -> None:
    # As root we write into a folder of another user, who could have put a link there.
    file.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with open(os.open(file, flags, 0o600), "w") as stream:
        stream.write(text)


def _give(path: Path, identity: Identity, *, deep: bool = True) -> None:
    # In a namespace the files stay ours: there our own user is shown under another number.
    uid, gid = os.geteuid(), os.getegid()
    if identity.kind == "user":
        uid, gid = identity.uid, identity.gid
    if path.stat().st_uid == uid and identity.kind != "user":
        return  # saves a walk at every start
    for each in [path, *path.rglob("*")] if deep else [path]:
        if each.lstat().st_uid != uid:
            os.chown(each, uid, gid, follow_symlinks=False)
