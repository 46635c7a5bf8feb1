"""Claim a key, confirm the claim with the work, keep the answer: all the SQL there is."""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, case, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from shared.errors import ConflictError, InvalidInputError
from shared.ids import new_id

LEASE = timedelta(seconds=30)
KEPT = timedelta(hours=24)


class KeyReusedError(InvalidInputError):
    code, title = "idempotency-key-reused", "This key belongs to a different request"


class StillRunningError(ConflictError):
    code, title = "idempotency-still-running", "The first request with this key is still running"


class AnswerLostError(ConflictError):
    code, title = "idempotency-answer-lost", "The request was carried out, but its answer is lost"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: status, header fields, body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that carries a key.

    fingerprints   what tells the request from others: under the present master key, then under
                   those of the past, by which it may have been remembered
    """

    workspace_id: UUID
    key: str
    fingerprints: Sequence[bytes]
    claim: UUID

    async def start(self, session: AsyncSession, answers: Table) -> Answer | None:
        """Claim the key, or return what was answered to it.

        Raises KeyReusedError, StillRunningError, AnswerLostError.
        """
        if await self._claim(session, answers):
            return None
        is_held = (answers.c.lease_until > func.now()).label("is_held")
        query = select(answers, is_held).where(self._is_mine(answers))
        row = (await session.execute(query)).one_or_none()
        if row is None:  # given up at this moment: whoever asks again may claim it
            raise StillRunningError(headers={"Retry-After": "1"})
        if row.fingerprint not in self.fingerprints:
            raise KeyReusedError
        # Done, and about to be answered: whoever does it still has the claim.
        if row.state == "running" or (row.state == "worked" and row.is_held):
            raise StillRunningError(headers={"Retry-After": "1"})
        if row.state == "worked":
            raise AnswerLostError("look at the resource before you send this with a new key")
        return Answer(row.status, [(name, value) for name, value in row.headers], row.body)

    async def _claim(self, session: AsyncSession, answers: Table) -> bool:
        values = {
            "fingerprint": self.fingerprints[0],
            "state": "running",
            "claim": self.claim,
            "lease_until": func.now() + LEASE,
            "created_at": func.now(),
        }
        abandoned = and_(
            answers.c.state == "running",
            answers.c.lease_until < func.now(),
            answers.c.fingerprint.in_(self.fingerprints),
        )
        take = (
            insert(answers)
            .values(workspace_id=self.workspace_id, key=self.key, **values)
            .on_conflict_do_update(
                index_elements=[answers.c.workspace_id, answers.c.key],
                set_=values,
                where=or_(abandoned, answers.c.created_at < func.now() - KEPT),
            )
            .returning(answers.c.claim)
        )
        return await session.scalar(take) is not None

    async def confirm(self, session: AsyncSession, answers: Table) -> None:
        """Tie the claim to the transaction that is about to commit.

        Raises StillRunningError, and so rolls back, when somebody else has taken the claim over.
        """
        # A transaction without an id of its own has written nothing.
        wrote = text("pg_current_xact_id_if_assigned() IS NOT NULL")
        tie = (
            update(answers)
            .where(self._is_mine(answers), answers.c.claim == self.claim)
            .values(state=case((wrote, "worked"), else_=answers.c.state))
            .returning(answers.c.claim)
        )
        if await session.scalar(tie) is None:
            raise StillRunningError("this request took too long; another one has taken over")

    async def keep(
        self, session: AsyncSession, answers: Table, answer: Answer, *, only_worked: bool
    ) -> None:
        """Keep the answer for those who send the request again.

        ``only_worked``: a refusal is kept only if something was changed before it.
        """
        states = ("worked",) if only_worked else ("running", "worked")
        await session.execute(
            update(answers)
            .where(
                self._is_mine(answers),
                answers.c.claim == self.claim,
                answers.c.state.in_(states),
            )
            .values(
                state="answered", status=answer.status, headers=answer.headers, body=answer.body
            )
        )

    async def give_up(self, session: AsyncSession, answers: Table) -> None:
        """Free the key of a request that has changed nothing; of others the answer is lost."""
        mine = (self._is_mine(answers), answers.c.claim == self.claim)
        lost = update(answers).where(*mine, answers.c.state == "worked")
        await session.execute(lost.values(lease_until=func.now()))
        await session.execute(delete(answers).where(*mine, answers.c.state == "running"))

    def _is_mine(self, answers: Table) -> ColumnElement[bool]:
        return and_(answers.c.workspace_id == self.workspace_id, answers.c.key == self.key)


async def forget_old_answers(engine: AsyncEngine, answers: Table) -> None:
    """Delete answers that are no longer replayed."""
    async with engine.begin() as connection:
        await connection.execute(delete(answers).where(answers.c.created_at < func.now() - KEPT))


def new_attempt(workspace_id: UUID, key: str, fingerprints: Sequence[bytes]) -> Attempt:
    """Return an attempt with a claim of its own."""
    return Attempt(workspace_id, key, fingerprints, new_id())


current_attempt: ContextVar[Attempt | None] = ContextVar("current_attempt", default=None)
"""The attempt whose work is being done here; transactions confirm it."""
