"""The engines of one installation, as far as no server of the user's own takes their place."""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from infra.embedded.postgres import Postgres
from infra.embedded.process import Identity, can_reach, choose_unprivileged
from infra.embedded.state import StateDir
from infra.embedded.supervisor import ProcessSpec, ProcessStatus, Supervisor
from infra.embedded.valkey import Valkey


class EmbeddedEngines:
    """PostgreSQL and Valkey on a locked state folder, running while the context is open.

    database_url, redis_url  given: used as they are, and that engine is not started;
                             afterwards: where the platform finds its servers
    supervisor               for further processes; they stop before the engines do
    identity                 who PostgreSQL runs as; chosen by what the machine allows when None
    shared_root              where its files go when it cannot get into the state folder
    on_change                called when a process changes its state
    early                    a process to start beside the engines; ``await early_ready()`` later
    """

    def __init__(
        self,
        state: StateDir,
        *,
        database_url: str | None = None,
        redis_url: str | None = None,
        identity: Identity | None = None,
        shared_root: Path = Path("/var/lib/naru"),
        on_change: Callable[[ProcessStatus], None] | None = None,
        early: ProcessSpec | None = None,
    ) -> None:
        self.state = state
        self._early_spec = early
        self._early: asyncio.Task[None] | None = None
        self.supervisor = Supervisor(state.logs, on_change=on_change)
        self.database_url = database_url or ""
        self.redis_url = redis_url or ""
        self._identity = identity
        self._shared_root = shared_root
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Lock the folder and start what is missing, side by side.

        Raises EmbeddedError (StateDirLockedError when the folder is in use); then nothing is
        left running.
        """
        async with AsyncExitStack() as opening:
            opening.enter_context(self.state)
            await opening.enter_async_context(self.supervisor)
            if self._early_spec is not None:
                self._early = asyncio.create_task(self.supervisor.start(self._early_spec))
                opening.callback(self._early.cancel)
            starts = [
                *([] if self.database_url else [self._start_postgres()]),
                *([] if self.redis_url else [self._start_valkey()]),
            ]
            try:
                async with asyncio.TaskGroup() as tasks:
                    for start in starts:
                        tasks.create_task(start)
            except BaseExceptionGroup as group:
                raise group.exceptions[0] from None
            self._open = opening.pop_all()
        return self

    async def early_ready(self) -> None:
        """Wait until the early process is ready. Raises ProcessStartError."""
        if self._early is not None:
            await self._early

    async def __aexit__(self, *_: object) -> None:
        """Stop all processes and unlock the folder."""
        await self._open.aclose()

    async def _start_postgres(self) -> None:
        identity = self._identity or await choose_unprivileged()
        home, sockets = await self._place(identity)
        postgres = Postgres(home, sockets, identity=identity)
        await postgres.start(self.supervisor)
        self.database_url = postgres.url()

    async def _start_valkey(self) -> None:
        valkey = Valkey(self.state.root / "valkey", self.state.run)
        await valkey.start(self.supervisor)
        self.redis_url = valkey.url()

    async def _place(self, identity: Identity) -> tuple[Path, Path]:
        """Return where PostgreSQL keeps its files and sockets: in the state folder if it can.

        A server that runs as another user must be able to walk there; root's home is closed to
        it. Then the files go below ``shared_root`` and the state folder gets a link to them.
        """
        state = self.state
        home = state.root / "postgres"
        if identity.kind == "user":
            state.let_through()
        if not home.exists() and not await can_reach(identity, [state.root, state.run]):
            _move_out(home, self._shared_root)
        return postgres_folders(state)


def postgres_folders(state: StateDir) -> tuple[Path, Path]:
    """Return where PostgreSQL has its files and its sockets, following a link that was left."""
    home = state.root / "postgres"
    if home.is_symlink():
        return home.resolve(), home.resolve() / "run"
    return home, state.run / "pg"


def _move_out(home: Path, shared_root: Path) -> None:
    moved = shared_root / hashlib.sha256(bytes(home)).hexdigest()[:12]
    shared_root.mkdir(mode=0o755, parents=True, exist_ok=True)
    moved.mkdir(mode=0o700, exist_ok=True)
    home.symlink_to(moved)
