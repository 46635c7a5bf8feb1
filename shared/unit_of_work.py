"""One transaction per request or task step, with the jobs and events that belong to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.contextvars import get_contextvars

from shared.database import Sessions
from shared.events.types import Event
from shared.idempotency.attempts import current_attempt
from shared.ids import new_id
from shared.jobs.tasks import Queue
from shared.platform_tables import PlatformTables
from shared.tracing import traceparent
from shared.wakeups import Wakeups

APP_ROLE = "naru_app"
"""Whom PostgreSQL takes a tenant's transaction for; see ``shared.migrations.row_security``."""

TENANT_SETTING = "naru.workspace_id"

_ENTER_TENANT = text(
    f"SELECT set_config('{TENANT_SETTING}', :tenant, true), set_config('role', '{APP_ROLE}', true)"
)

_ENTER_READING = text(
    f"SELECT set_config('{TENANT_SETTING}', :tenant, false), set_config('role', :role, false)"
)
_READS_FOR = "reads_for"

_inside: ContextVar[bool] = ContextVar("inside_unit_of_work", default=False)


def inside_unit_of_work() -> bool:
    """Tell whether a transaction is open here; calls to other services wait until it is not."""
    return _inside.get()


@dataclass(slots=True)
class UnitOfWork:
    """An open transaction. Nobody commits by hand: leaving :func:`unit_of_work` does.

    session    the SQLAlchemy session, bound to this transaction
    tenant     workspace on whose behalf it runs; None for the platform's own housekeeping
    """

    session: AsyncSession
    tenant: UUID | None
    tables: PlatformTables
    _jobs: list[tuple[UUID, Queue]] = field(default_factory=list)
    _events: list[Event] = field(default_factory=list)

    async def enqueue(
        self,
        task: str,
        *ids: UUID,
        queue: Queue = "seconds",
        delay: timedelta = timedelta(0),
        workspace_id: UUID | None = None,
        request_id: str | None = None,
        trace: str | None = None,
    ) -> UUID:
        """Queue ``task(*ids)`` to run after the commit; return the job's id.

        It runs on behalf of the transaction's tenant and request, unless others are named.
        """
        job_id = new_id()
        await self.session.execute(
            insert(self.tables.jobs).values(
                id=job_id,
                workspace_id=workspace_id or self.tenant,
                task=task,
                queue=queue,
                arguments=[value.hex for value in ids],
                run_at=func.now() + delay,
                request_id=request_id or get_contextvars().get("request_id"),
                traceparent=trace or traceparent(),
            )
        )
        if not delay:
            self._jobs.append((job_id, queue))
        return job_id

    def emit(self, event: Event) -> None:
        """Tell the other services, if and when this transaction commits."""
        self._events.append(event)

    async def write_events(self) -> None:
        """Write the emitted events, in an order that agrees with the order of commits.

        A consumer reads by growing ``seq``. Two transactions that drew their numbers in one order
        and committed in the other would hide an event behind its cursor; the lock, held from here
        to the commit, forbids that.
        """
        if not self._events:
            return
        outbox = self.tables.outbox
        await self.session.execute(
            select(func.pg_advisory_xact_lock(func.hashtext(outbox.fullname)))
        )
        await self.session.execute(
            insert(outbox),
            [
                {
                    "id": new_id(),
                    "name": event.name,
                    "workspace_id": event.workspace_id,
                    "payload": event.model_dump(mode="json"),
                    "request_id": get_contextvars().get("request_id"),
                }
                for event in self._events
            ],
        )

    @property
    def has_news(self) -> bool:
        """Tell whether there are jobs or events to be told of."""
        return bool(self._jobs or self._events)

    async def announce(self, wakeups: Wakeups) -> None:
        """Wake whoever the committed jobs and events concern."""
        for job_id, queue in self._jobs:
            await wakeups.job(job_id, queue)
        if self._events:
            await wakeups.events()


class UnitsOfWork:
    """Opens transactions of one service."""

    def __init__(self, sessions: Sessions, tables: PlatformTables, wakeups: Wakeups) -> None:
        self._sessions = sessions
        self._tables = tables
        self._wakeups = wakeups

    @asynccontextmanager
    async def __call__(self, tenant: UUID | None = None) -> AsyncIterator[UnitOfWork]:
        """Open a transaction; commit on a clean exit, roll back on any exception.

        With a ``tenant`` PostgreSQL shows this transaction nothing that belongs to others.
        """
        async with self._sessions.writing() as session:
            work = UnitOfWork(session, tenant, self._tables)
            token = _inside.set(True)
            try:
                async with session.begin():
                    if tenant is not None:
                        await session.execute(_ENTER_TENANT, {"tenant": str(tenant)})
                    yield work
                    if session.new or session.dirty or session.deleted:
                        await session.flush()
                    await work.write_events()
                    attempt = current_attempt.get()
                    if attempt is not None:
                        await attempt.confirm(session, self._tables.answers)
            finally:
                _inside.reset(token)
        await work.announce(self._wakeups)

    @asynccontextmanager
    async def reading(self, tenant: UUID | None = None) -> AsyncIterator[UnitOfWork]:
        """Open what reads and changes nothing: PostgreSQL refuses to write, and to lock.

        With a ``tenant`` it shows nothing that belongs to others, as in a transaction. A statement
        sees what was committed before it, which is all that our transactions promise, too (READ
        COMMITTED). So nothing is begun or committed: two trips to PostgreSQL out of four.
        """
        async with self._sessions.reading() as session:
            work = UnitOfWork(session, tenant, self._tables)
            token = _inside.set(True)
            try:
                await _enter_reading(session, tenant)
                yield work
            finally:
                _inside.reset(token)
        if work.has_news:
            raise RuntimeError("jobs and events need a transaction")


async def _enter_reading(session: AsyncSession, tenant: UUID | None) -> None:
    """Let a connection see what a workspace sees; None for the platform.

    Connections for reading keep whom they read for. They are handed out here and nowhere else, so
    whoever gets one that read for somebody else has it changed first.
    """
    connection = await session.connection()
    wanted = str(tenant or "")
    if connection.info.get(_READS_FOR) == wanted:
        return
    connection.info.pop(_READS_FOR, None)  # while it changes, it is nobody's
    role = "none" if tenant is None else APP_ROLE
    await connection.execute(_ENTER_READING, {"tenant": wanted, "role": role})
    connection.info[_READS_FOR] = wanted
